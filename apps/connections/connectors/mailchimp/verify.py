"""Was the campaign sent? Its own state says so."""

from apps.connections.connectors.interface import Candidate, Context, Found, MatchedBy, Probe
from apps.connections.connectors.mailchimp.answers import call, refused
from apps.connections.connectors.mailchimp.publish import OUT


async def find_published(ctx: Context, _probe: Probe) -> Found:
    """Read the campaign that we asked to send."""
    campaign = str(ctx.progress["campaign"])
    answer = await ctx.wire.send(call(ctx, "GET", f"campaigns/{campaign}"))
    if not answer.ok:
        return Found(failure=refused(answer, operation="verify").failure, answer=answer)
    if answer.value("status") in OUT:
        return Found((Candidate(campaign, None, MatchedBy.ID, str(answer.value("archive_url") or "")),))
    return Found()
