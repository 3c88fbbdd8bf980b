"""What became of a post whose last answer was lost?"""

from datetime import UTC, datetime

from apps.connections.connectors.base import text_id
from apps.connections.connectors.interface import Candidate, Context, Found, MatchedBy, Probe
from apps.connections.connectors.text import normalise
from apps.connections.connectors.tiktok.answers import call, refused, succeeded
from apps.connections.connectors.tiktok.publish import told_end

FIELDS = "id,title,create_time,video_description,share_url"
PAGE = 20


async def find_published(ctx: Context, probe: Probe) -> Found:
    """The publish id says so where we have it; else the public listing, by text and time."""
    if publish_id := ctx.progress.get("publish_id"):
        return await _by_id(ctx, str(publish_id))
    return await _by_list(ctx, probe)


async def _by_id(ctx: Context, publish_id: str) -> Found:
    """Ask for the post's state: once every byte is there, TikTok has it, and the poll brings its end, as a webhook does."""
    if told_end(ctx):
        return Found((Candidate(publish_id, None, MatchedBy.ID),))
    answer = await ctx.wire.send(
        call(ctx, "post/publish/status/fetch", {"publish_id": publish_id}, writes=False)
    )
    if not succeeded(answer):
        return Found(failure=refused(answer, operation="verify", about="post").failure, answer=answer)
    size = ctx.draft.media[0].size if ctx.draft and ctx.draft.media else None
    incomplete = answer.value("data", "uploaded_bytes") != size
    if answer.value("data", "status") == "PROCESSING_UPLOAD" and incomplete:
        return Found()
    return Found((Candidate(publish_id, None, MatchedBy.ID),))


async def _by_list(ctx: Context, probe: Probe) -> Found:
    """List what is public: the init that we got no answer to may have begun a post whose id we do not know."""
    answer = await ctx.wire.send(call(ctx, "video/list", {"max_count": PAGE}, writes=False, fields=FIELDS))
    rows = answer.value("data", "videos")
    if not succeeded(answer) or not isinstance(rows, list):
        return Found(failure=refused(answer, operation="verify", about="account").failure, answer=answer)
    wanted, since = normalise(ctx.draft.text if ctx.draft else ""), probe.since(answer)
    candidates = []
    for row in rows:
        created = _time(row.get("create_time"))
        texts = {normalise(str(row.get(name) or "")) for name in ("title", "video_description")}
        if created and created >= since and wanted in texts:
            video = text_id(row.get("id"))
            url = str(row.get("share_url") or "")
            candidates.append(Candidate(video, created, MatchedBy.FINGERPRINT, url))
    return Found(tuple(candidates))


def _time(value: object) -> datetime | None:
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) and 0 < value < 10**11 else None
