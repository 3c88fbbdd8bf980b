"""Does this connection work, and how a post is deleted."""

from apps.connections.connectors.interface import Context, StepResult
from apps.connections.connectors.meta.answers import read, refused, remove, succeeded
from apps.errors.codes import ErrorCode


async def health(ctx: Context) -> StepResult:
    """Read the account by its own token: proves the token, and that the account is there."""
    answer = await ctx.wire.send(read(ctx, ctx.account.external_id, fields="id,name"))
    return (
        StepResult(answer=answer)
        if succeeded(answer)
        else refused(answer, operation="health_check", about="account")
    )


async def delete(ctx: Context, remote_id: str) -> StepResult:
    """Delete a post; one that is gone already counts as deleted."""
    answer = await ctx.wire.send(remove(ctx, remote_id))
    if succeeded(answer):
        return StepResult(answer=answer)
    result = refused(answer, operation="delete", about="post")
    gone = result.failure is not None and result.failure.code is ErrorCode.RESOURCE_NOT_FOUND
    return StepResult(answer=answer) if gone else result
