"""What became of the last chunk? The publish id says so."""

from apps.connections.connectors.interface import Candidate, Context, Found, MatchedBy, Probe
from apps.connections.connectors.tiktok.answers import call, refused, succeeded


async def find_published(ctx: Context, _probe: Probe) -> Found:
    """Ask for the post's state: once every byte is there, TikTok has it, and the poll brings its end."""
    publish_id = str(ctx.progress["publish_id"])
    answer = await ctx.wire.send(
        call(ctx, "post/publish/status/fetch", {"publish_id": publish_id}, writes=False)
    )
    if not succeeded(answer):
        return Found(failure=refused(answer, operation="verify", about="post").failure, answer=answer)
    size = ctx.draft.media[0].size if ctx.draft and ctx.draft.media else None
    incomplete = answer.value("data", "uploaded_bytes") != size
    if answer.value("data", "status") == "PROCESSING_UPLOAD" and incomplete:
        return Found(surely_absent=True)
    return Found((Candidate(publish_id, None, MatchedBy.ID),))
