"""Looking for a post that may have gone out: by our marker in its link, else by text and time."""

from datetime import datetime
from typing import Any

from apps.connections.connectors.base import text_id
from apps.connections.connectors.gbp.answers import call, posts_path, refused
from apps.connections.connectors.gbp.publish import marker
from apps.connections.connectors.interface import Candidate, Context, Found, MatchedBy, Probe
from apps.connections.connectors.text import normalise


async def find_published(ctx: Context, probe: Probe) -> Found:
    """List the location's posts; their order cannot be relied on."""
    answer = await ctx.wire.send(call(ctx, "GET", posts_path(ctx), params={"pageSize": "100"}))
    rows = answer.value("localPosts") or []
    if not answer.ok or not isinstance(rows, list):
        return Found(failure=refused(answer, operation="verify", about="account").failure, answer=answer)
    candidates = [found for row in rows if isinstance(row, dict) and (found := _candidate(ctx, row))]
    since = probe.since(answer)
    return Found(tuple(one for one in candidates if one.created_at and one.created_at >= since))


def _candidate(ctx: Context, row: dict[str, Any]) -> Candidate | None:
    url = str((row.get("callToAction") or {}).get("url", ""))
    link = ctx.draft.link if ctx.draft else ""
    if link:
        matched = MatchedBy.MARKER if marker(ctx) in url else None
    else:
        same = normalise(str(row.get("summary", ""))) == normalise(ctx.draft.text if ctx.draft else "")
        matched = MatchedBy.FINGERPRINT if same else None
    if matched is None:
        return None
    return Candidate(
        text_id(row.get("name")), _time(row.get("createTime")), matched, str(row.get("searchUrl") or "")
    )


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None
