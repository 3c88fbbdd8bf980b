"""Does this connection work, and how a post is deleted."""

from dataclasses import replace

from apps.connections.connectors.interface import Context, StepResult
from apps.connections.connectors.meta import oauth
from apps.connections.connectors.meta.answers import read, refused, remove, succeeded
from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode

# "(#3) Application does not have the capability" means this medium here, not our app.
_NOT_DELETABLE = frozenset({ErrorCode.APP_SUSPENDED, ErrorCode.INVALID_REQUEST})


async def health(ctx: Context) -> StepResult:
    """Read the account by its own token: proves the token, and that the account is there."""
    scopes = await oauth.granted(ctx)
    answer = await ctx.wire.send(read(ctx, ctx.account.external_id, fields="id,name"))
    return (
        StepResult(answer=answer, scopes=scopes)
        if succeeded(answer)
        else refused(answer, operation="health_check", about="account")
    )


async def delete(ctx: Context, remote_id: str) -> StepResult:
    """Delete a post; one that is gone already counts as deleted. Of Instagram's media few can be deleted."""
    answer = await ctx.wire.send(remove(ctx, remote_id))
    if succeeded(answer):
        return StepResult(answer=answer)
    result = refused(answer, operation="delete", about="post")
    found = result.failure
    if found and found.code is ErrorCode.RESOURCE_NOT_FOUND:
        return StepResult(answer=answer)
    if found and ctx.account.type == "instagram" and found.code in _NOT_DELETABLE:
        unable = replace(
            found, code=ErrorCode.CAPABILITY_UNSUPPORTED, rule_id="meta.instagram_delete", scope=Scope.CALL
        )
        return replace(result, failure=unable)
    return result
