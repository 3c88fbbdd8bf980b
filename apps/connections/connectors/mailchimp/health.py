"""Does this connection work, and what deleting means here."""

from apps.connections.connectors.interface import Answer, Context, StepResult
from apps.connections.connectors.mailchimp.answers import call, refused
from apps.errors.classification import Classification, Confidence
from apps.errors.codes import ErrorCode


async def health(ctx: Context) -> StepResult:
    """Read the audience: proves the token, the data centre and that the audience is there."""
    answer = await ctx.wire.send(call(ctx, "GET", f"lists/{ctx.account.external_id}"))
    return (
        StepResult(answer=answer) if answer.ok else refused(answer, operation="health_check", about="account")
    )


async def delete(ctx: Context, remote_id: str) -> StepResult:
    """Delete a campaign that has not been sent; a mail that is out cannot be called back."""
    answer = await ctx.wire.send(call(ctx, "GET", f"campaigns/{remote_id}"))
    if answer.status == 404:  # noqa: PLR2004 - HTTP: gone already
        return StepResult(answer=answer)
    if not answer.ok:
        return refused(answer, operation="delete")
    if answer.value("status") != "save":
        return StepResult(failure=_cannot_unsend(), answer=answer)
    gone: Answer = await ctx.wire.send(call(ctx, "DELETE", f"campaigns/{remote_id}"))
    return StepResult(answer=gone) if gone.ok else refused(gone, operation="delete")


def _cannot_unsend() -> Classification:
    return Classification(
        code=ErrorCode.CAPABILITY_UNSUPPORTED,
        platform="mailchimp",
        rule_id="mailchimp.sent_stays_sent",
        confidence=Confidence.EXACT,
        partner_message="The campaign has been sent.",
    )
