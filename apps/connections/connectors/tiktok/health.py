"""Does this connection work; and deleting, which TikTok does not offer."""

from apps.connections.connectors.interface import Context, Request, StepResult
from apps.connections.connectors.tiktok.answers import PLATFORM, refused, succeeded
from apps.errors.classification import Classification, Confidence
from apps.errors.codes import ErrorCode


async def health(ctx: Context) -> StepResult:
    """Ask who the creator is; only fields of the basic scope, for one missing scope fails them all."""
    url = f"{ctx.app.urls['TIKTOK_API_URL']}/v2/user/info/"
    headers = {"Authorization": f"Bearer {ctx.token}"}
    answer = await ctx.wire.send(
        Request(
            "GET",
            url,
            headers=headers,
            params={"fields": "open_id,display_name"},
            writes=False,
            budget="read",
        )
    )
    return (
        StepResult(answer=answer)
        if succeeded(answer)
        else refused(answer, operation="health_check", about="account")
    )


def cannot_delete() -> StepResult:
    """TikTok has no endpoint that deletes a post."""
    found = Classification(
        code=ErrorCode.CAPABILITY_UNSUPPORTED,
        platform=PLATFORM,
        rule_id="tiktok.no_delete",
        confidence=Confidence.EXACT,
        partner_message="TikTok lets people delete posts in its app only.",
    )
    return StepResult(failure=found)
