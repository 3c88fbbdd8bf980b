"""Looking for a post that may have gone out."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from apps.connections.connectors.base import text_id
from apps.connections.connectors.interface import Candidate, Context, Found, MatchedBy, Probe
from apps.connections.connectors.meta.answers import read, refused, succeeded
from apps.connections.connectors.text import normalise

PAGE = "100"
# Where a page shows what, and under which name the text is kept there.
_POSTS = ("published_posts", "message")
_VIDEOS = ("videos", "description")


async def find_published(ctx: Context, probe: Probe) -> Found:
    """Look by what we staged (a container, a reel's film), else by text and time among what the page shows."""
    if ctx.account.type == "instagram":
        return await _by_container(ctx, probe)
    match ctx.draft.format if ctx.draft else "":
        case "reel":
            return await _by_film(ctx)
        case "video":
            return await _by_list(ctx, probe, *_VIDEOS)
        case _:
            return await _by_list(ctx, probe, *_POSTS)


async def _by_container(ctx: Context, probe: Probe) -> Found:
    """PUBLISHED on our container proves that the publish worked; the medium's id follows from the listing."""
    container = str(ctx.progress["container"])
    answer = await ctx.wire.send(read(ctx, container, fields="status_code,status"))
    if not succeeded(answer):
        return Found(failure=refused(answer, operation="verify", about="container").failure, answer=answer)
    if answer.value("status_code") != "PUBLISHED":
        return Found()
    listing = await ctx.wire.send(
        read(ctx, f"{ctx.account.external_id}/media", fields="id,caption,permalink,timestamp")
    )
    seen = _candidates(
        ctx, probe.since(listing), listing.value("data"), ("caption", "timestamp", "permalink"), MatchedBy.ID
    )
    # It is out. Should no listing show its own id (stories, a lag), then the container's id stands for it.
    return Found((*seen, Candidate(f"container:{container}", None, MatchedBy.ID)))


async def _by_film(ctx: Context) -> Found:
    """A reel whose publishing has begun is out of our hands: its processing is asked for later."""
    film = str(ctx.progress["video"])
    answer = await ctx.wire.send(read(ctx, film, fields="status"))
    if not succeeded(answer):
        return Found(failure=refused(answer, operation="verify", about="post").failure, answer=answer)
    if answer.value("status", "publishing_phase", "status") in {None, "not_started"}:
        return Found()
    return Found((Candidate(film, None, MatchedBy.ID),))


async def _by_list(ctx: Context, probe: Probe, listing: str, text: str) -> Found:
    fields = f"id,{text},created_time,permalink_url"
    request = read(ctx, f"{ctx.account.external_id}/{listing}", fields=fields, limit=PAGE)
    answer = await ctx.wire.send(request)
    rows = answer.value("data")
    if not succeeded(answer) or not isinstance(rows, list):
        return Found(failure=refused(answer, operation="verify", about="account").failure, answer=answer)
    names = (text, "created_time", "permalink_url")
    return Found(tuple(_candidates(ctx, probe.since(answer), rows, names, MatchedBy.FINGERPRINT)))


def _candidates(
    ctx: Context, since: datetime, rows: Any, names: tuple[str, str, str], matched_by: MatchedBy
) -> Iterator[Candidate]:
    """Yield what has our text and cannot be older than our first send."""
    wanted = normalise(ctx.draft.text if ctx.draft else "")
    text, created_time, permalink = names
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or normalise(str(row.get(text, ""))) != wanted:
            continue
        created = _time(row.get(created_time))
        if created is not None and created >= since:
            yield Candidate(text_id(row.get("id")), created, matched_by, str(row.get(permalink) or ""))


def _time(value: object) -> datetime | None:
    try:
        return datetime.strptime(str(value), "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return None
