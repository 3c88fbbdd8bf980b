"""Facebook Login. Page tokens are derived from a long-lived user token and have no end of their own."""

from dataclasses import replace
from urllib.parse import urlencode

from apps.connections.connectors.base import failure, seconds, text_id, with_end
from apps.connections.connectors.interface import (
    AccountFacts,
    Accounts,
    Context,
    Exchanged,
    PartnerApp,
    Request,
    StepResult,
    TokenSet,
    Wire,
)
from apps.connections.connectors.meta.answers import INSTAGRAM_LOGIN, PLATFORM, succeeded
from apps.connections.connectors.meta.capabilities import SCOPES
from apps.connections.wire import WireFailed


def authorize_url(app: PartnerApp, *, redirect_uri: str, state: str, again: bool = False) -> str:
    """Return the consent dialog; scopes are separated by commas here."""
    query = {
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "response_type": "code",
        "scope": ",".join(SCOPES),
    }
    if again:
        query["auth_type"] = "rerequest"  # without it the dialog leaves out what was declined once
    return f"{app.urls['META_WWW_URL']}/{app.version}/dialog/oauth?{urlencode(query)}"


async def exchange(app: PartnerApp, wire: Wire, *, code: str, redirect_uri: str) -> Exchanged:
    """Trade the code for a short-lived token, that for a long-lived one, and ask whose it is."""
    short = await wire.send(_token_call(app, code=code, redirect_uri=redirect_uri))
    if not succeeded(short) or not short.value("access_token"):
        return Exchanged(failure=failure(PLATFORM, short, operation="oauth"))
    return await extend(app, wire, str(short.value("access_token")))


async def extend(app: PartnerApp, wire: Wire, token: str) -> Exchanged:
    """Trade a living user token for one of 60 days; an expired one cannot be traded."""
    answer = await wire.send(_token_call(app, grant_type="fb_exchange_token", fb_exchange_token=token))
    if not succeeded(answer) or not answer.value("access_token"):
        return Exchanged(failure=failure(PLATFORM, answer, operation="refresh"))
    fresh = str(answer.value("access_token"))
    tokens = TokenSet(fresh, expires_in=seconds(answer.value("expires_in")))
    return await _about(app, wire, tokens if tokens.expires_in else await _inspected(app, wire, tokens))


async def _inspected(app: PartnerApp, wire: Wire, tokens: TokenSet) -> TokenSet:
    """Ask Meta when the token ends: its answers to an exchange sometimes leave that out."""
    question = _get(
        app, "debug_token", f"{app.client_id}|{app.client_secret}", input_token=tokens.access_token
    )
    return await with_end(tokens, wire, question, "data", "expires_at")


async def granted(ctx: Context) -> tuple[str, ...] | None:
    """Ask Meta, as our app and so at no cost of the account, what a token may do; None when it does not say."""
    if ctx.account.details.get("login") == INSTAGRAM_LOGIN:
        return None
    ours = f"{ctx.app.client_id}|{ctx.app.client_secret}"
    try:
        answer = await ctx.wire.send(_get(ctx.app, "debug_token", ours, input_token=ctx.token))
    except WireFailed:
        return None
    scopes = answer.value("data", "scopes")
    if not succeeded(answer) or not answer.value("data", "is_valid") or not isinstance(scopes, list):
        return None
    return tuple(str(scope) for scope in scopes)


async def _about(app: PartnerApp, wire: Wire, tokens: TokenSet) -> Exchanged:
    """Add the user and the granted scopes: single permissions can be declined in the dialog."""
    me = await wire.send(_get(app, "me", tokens.access_token, fields="id,name"))
    granted = await wire.send(_get(app, "me/permissions", tokens.access_token))
    rows = granted.value("data")
    for answer in (me, granted):
        if not succeeded(answer):
            return Exchanged(failure=failure(PLATFORM, answer, operation="oauth"))
    scopes = tuple(
        str(row.get("permission"))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and row.get("status") == "granted"
    )
    name = str(me.value("name") or "")
    return Exchanged(replace(tokens, scopes=scopes, user_id=text_id(me.value("id")), user_name=name))


async def accounts(app: PartnerApp, wire: Wire, tokens: TokenSet) -> Accounts:
    """List the pages that the user may post to, and the Instagram accounts linked to them."""
    fields = "id,name,access_token,tasks,instagram_business_account{id,username}"
    answer = await wire.send(_get(app, "me/accounts", tokens.access_token, fields=fields, limit="100"))
    rows = answer.value("data")
    if not succeeded(answer) or not isinstance(rows, list):
        return Accounts(failure=failure(PLATFORM, answer, operation="oauth"))
    found: list[AccountFacts] = []
    for row in rows:
        token = str(row.get("access_token", ""))
        able = "CREATE_CONTENT" in (row.get("tasks") or [])
        page = text_id(row.get("id"))
        found.append(AccountFacts("page", page, str(row.get("name", "")), token=token, may_publish=able))
        linked = row.get("instagram_business_account")
        if isinstance(linked, dict):
            found.append(
                AccountFacts(
                    "instagram",
                    text_id(linked.get("id")),
                    str(linked.get("username", "")),
                    {"page": page},
                    token,
                    able,
                )
            )
    return Accounts(tuple(found), user_id=tokens.user_id, user_name=tokens.user_name)


async def revoke(app: PartnerApp, wire: Wire, tokens: TokenSet) -> StepResult:
    """Take our app out of the user's account."""
    url = f"{app.urls['META_GRAPH_URL']}/{app.version}/me/permissions"
    answer = await wire.send(
        Request("DELETE", url, headers={"Authorization": f"Bearer {tokens.access_token}"})
    )
    return (
        StepResult(answer=answer)
        if succeeded(answer)
        else StepResult(failure=failure(PLATFORM, answer, operation="revoke"))
    )


def _token_call(app: PartnerApp, **form: str) -> Request:
    # POST keeps secrets and codes out of URLs; Meta takes both verbs.
    secrets = {"client_id": app.client_id, "client_secret": app.client_secret}
    return Request(
        "POST", f"{app.urls['META_GRAPH_URL']}/{app.version}/oauth/access_token", form={**secrets, **form}
    )


def _get(app: PartnerApp, path: str, token: str, **params: str) -> Request:
    url = f"{app.urls['META_GRAPH_URL']}/{app.version}/{path}"
    return Request(
        "GET", url, headers={"Authorization": f"Bearer {token}"}, params=params, writes=False, budget="read"
    )
