"""Does this connection work, and how a post is deleted."""

from apps.connections.connectors.gbp.answers import call, posts_path, refused
from apps.connections.connectors.interface import Context, StepResult
from apps.errors.codes import ErrorCode


async def health(ctx: Context) -> StepResult:
    """List one post of the location: proves the token, the location and that the posting API is open to us."""
    answer = await ctx.wire.send(call(ctx, "GET", posts_path(ctx), params={"pageSize": "1"}))
    return (
        StepResult(answer=answer) if answer.ok else refused(answer, operation="health_check", about="account")
    )


async def delete(ctx: Context, remote_id: str) -> StepResult:
    """Delete a post; one that is gone already counts as deleted."""
    answer = await ctx.wire.send(call(ctx, "DELETE", remote_id))
    if answer.ok:
        return StepResult(answer=answer)
    result = refused(answer, operation="delete", about="post")
    gone = result.failure is not None and result.failure.code is ErrorCode.RESOURCE_NOT_FOUND
    return StepResult(answer=answer) if gone else result
