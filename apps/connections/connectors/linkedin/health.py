"""Does this connection work, and how a post is deleted."""

from urllib.parse import quote

from apps.connections.connectors.interface import Context, Request, StepResult
from apps.connections.connectors.linkedin import oauth
from apps.connections.connectors.linkedin.answers import headers, read, refused, rest
from apps.errors.codes import ErrorCode


async def health(ctx: Context) -> StepResult:
    """Ask who the member is, or whether the organisation is still administered."""
    scopes = await oauth.granted(ctx)
    if ctx.account.type == "member":
        url = f"{ctx.app.urls['LINKEDIN_API_URL']}/v2/userinfo"
        answer = await ctx.wire.send(
            Request("GET", url, headers={"Authorization": f"Bearer {ctx.token}"}, writes=False, budget="read")
        )
    else:
        answer = await ctx.wire.send(
            read(ctx, "organizationAcls", q="roleAssignee", role="ADMINISTRATOR", state="APPROVED")
        )
    return (
        StepResult(answer=answer, scopes=scopes)
        if answer.ok
        else refused(answer, operation="health_check", about="account")
    )


async def delete(ctx: Context, remote_id: str) -> StepResult:
    """Delete a post; one that is gone already counts as deleted. URNs travel percent-encoded in paths."""
    url = rest(ctx, f"posts/{quote(remote_id, safe='')}")
    request = Request(
        "DELETE", str(url), headers=headers(ctx.app, ctx.token, **{"X-RestLi-Method": "DELETE"})
    )
    answer = await ctx.wire.send(request)
    if answer.ok:
        return StepResult(answer=answer)
    result = refused(answer, operation="delete", about="post")
    gone = result.failure is not None and result.failure.code is ErrorCode.RESOURCE_NOT_FOUND
    return StepResult(answer=answer) if gone else result
