"""A small page: what was published where."""

import html
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import web

from apps.simulator.partner import World

_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>What the partners show</title><style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui;max-width:64rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem .75rem;border-bottom:1px solid #8886;vertical-align:top}
td:nth-child(4){word-break:break-word}.gone{text-decoration:line-through;opacity:.6}</style>
<h1>What the partners show</h1>"""
_MOST = 200


def show(world: World) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler of the page."""

    async def handler(_request: web.Request) -> web.Response:
        rows = list(reversed(world.store.ledger()))[:_MOST]
        if not rows:
            return web.Response(
                text=f"{_HEAD}<p>Nothing has been published yet.</p>", content_type="text/html"
            )
        names = {
            account["id"]: account["name"]
            for platform in {row["platform"] for row in rows}
            for account in world.store.all("account", platform)
        }
        lines = "".join(
            f"<tr{' class=gone' if row['deleted_at'] else ''}><td>{_clock(row['created_at'])}<td>{row['platform']}"
            f"<td>{html.escape(names.get(row['account'], row['account']))}<td>{html.escape(row['text'][:300])}</tr>"
            for row in rows
        )
        table = f"<table><tr><th>Time (UTC)<th>Partner<th>Account<th>Post</tr>{lines}</table>"
        return web.Response(text=_HEAD + table, content_type="text/html")

    return handler


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S")
