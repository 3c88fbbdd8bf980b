"""Looking for a post that may have gone out."""

from datetime import datetime

from apps.connections.connectors.base import CLOCK_MARGIN, text_id
from apps.connections.connectors.interface import Candidate, Context, Found, MatchedBy, Probe
from apps.connections.connectors.meta.answers import read, refused, succeeded
from apps.connections.connectors.text import normalise

PAGE = "100"


async def find_published(ctx: Context, probe: Probe) -> Found:
    """Look by the container's own state on Instagram, by text and time among a page's posts."""
    if ctx.account.type == "instagram":
        return await _by_container(ctx)
    return await _by_list(ctx, probe)


async def _by_container(ctx: Context) -> Found:
    """PUBLISHED on our container proves that the publish worked; the medium's id follows from the listing."""
    answer = await ctx.wire.send(read(ctx, str(ctx.progress["container"]), fields="status_code,status"))
    if not succeeded(answer):
        return Found(failure=refused(answer, operation="verify", about="container").failure, answer=answer)
    if answer.value("status_code") != "PUBLISHED":
        return Found(surely_absent=True)
    listing = await ctx.wire.send(
        read(ctx, f"{ctx.account.external_id}/media", fields="id,caption,permalink,timestamp")
    )
    wanted = normalise(ctx.draft.text if ctx.draft else "")
    rows = listing.value("data") if succeeded(listing) else None
    for row in rows if isinstance(rows, list) else []:
        if normalise(str(row.get("caption", ""))) == wanted:
            return Found(
                (Candidate(text_id(row.get("id")), None, MatchedBy.ID, str(row.get("permalink", ""))),)
            )
    # It is out, and only its own id is missing: the container's id stands for it.
    return Found((Candidate(f"container:{ctx.progress['container']}", None, MatchedBy.ID),))


async def _by_list(ctx: Context, probe: Probe) -> Found:
    request = read(
        ctx,
        f"{ctx.account.external_id}/published_posts",
        fields="id,message,created_time,permalink_url",
        limit=PAGE,
    )
    answer = await ctx.wire.send(request)
    rows = answer.value("data")
    if not succeeded(answer) or not isinstance(rows, list):
        return Found(failure=refused(answer, operation="verify", about="account").failure, answer=answer)
    wanted = normalise(ctx.draft.text if ctx.draft else "")
    since = probe.first_sent_at - CLOCK_MARGIN
    candidates = [
        Candidate(text_id(row.get("id")), created, MatchedBy.FINGERPRINT, str(row.get("permalink_url", "")))
        for row in rows
        if isinstance(row, dict)
        and normalise(str(row.get("message", ""))) == wanted
        and (created := _time(row.get("created_time"))) is not None
        and created >= since
    ]
    return Found(tuple(candidates))


def _time(value: object) -> datetime | None:
    try:
        return datetime.strptime(str(value), "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return None
