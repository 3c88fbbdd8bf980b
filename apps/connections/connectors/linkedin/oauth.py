"""Sign in with LinkedIn. Self-serve apps get no refresh token: the end of the token is a planned event."""

import re
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
from apps.connections.connectors.linkedin.answers import PLATFORM, headers
from apps.connections.connectors.linkedin.capabilities import SCOPES
from apps.connections.wire import WireFailed

_YEAR_IN_MINUTES = 366 * 24 * 60


def authorize_url(app: PartnerApp, *, redirect_uri: str, state: str) -> str:
    """Return the consent page; scopes are separated by blanks here."""
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "scope": " ".join(SCOPES),
    }
    return f"{app.urls['LINKEDIN_WWW_URL']}/oauth/v2/authorization?{urlencode(query)}"


async def token_call(app: PartnerApp, wire: Wire, *, operation: str, **form: str) -> Exchanged:
    """Ask the token endpoint."""
    url = f"{app.urls['LINKEDIN_WWW_URL']}/oauth/v2/accessToken"
    answer = await wire.send(
        Request("POST", url, form={"client_id": app.client_id, "client_secret": app.client_secret, **form})
    )
    if not answer.ok or not answer.value("access_token"):
        return Exchanged(failure=failure(PLATFORM, answer, operation=operation))
    tokens = TokenSet(
        access_token=str(answer.value("access_token")),
        refresh_token=str(answer.value("refresh_token")) if answer.value("refresh_token") else None,
        expires_in=seconds(answer.value("expires_in")),
        refresh_expires_in=_refresh_life(answer.value("refresh_token_expires_in")),
        scopes=_scopes(answer.value("scope")),
    )
    return Exchanged(tokens if tokens.expires_in else await _inspected(app, wire, tokens))


async def _inspected(app: PartnerApp, wire: Wire, tokens: TokenSet) -> TokenSet:
    """Ask LinkedIn when the token ends."""
    return await with_end(tokens, wire, _inspect(app, tokens.access_token), "expires_at")


def _inspect(app: PartnerApp, token: str) -> Request:
    form = {"client_id": app.client_id, "client_secret": app.client_secret, "token": token}
    url = f"{app.urls['LINKEDIN_WWW_URL']}/oauth/v2/introspectToken"
    return Request("POST", url, form=form, writes=False, budget="read")


async def granted(ctx: Context) -> tuple[str, ...] | None:
    """Ask LinkedIn, as our app and so at no cost of the member, what a token may do; None when it does not say."""
    try:
        answer = await ctx.wire.send(_inspect(ctx.app, ctx.token))
    except WireFailed:
        return None
    if not answer.ok or answer.value("active") is not True or not isinstance(answer.value("scope"), str):
        return None
    return _scopes(answer.value("scope"))


def _scopes(said: object) -> tuple[str, ...]:
    return tuple(scope for scope in re.split(r"[\s,]+", str(said or "")) if scope)


async def exchange(app: PartnerApp, wire: Wire, *, code: str, redirect_uri: str) -> Exchanged:
    """Trade the code and ask whose token it is."""
    traded = await token_call(
        app, wire, operation="oauth", grant_type="authorization_code", code=code, redirect_uri=redirect_uri
    )
    if traded.tokens is None:
        return traded
    user, name, trouble = await _who(app, wire, traded.tokens.access_token)
    if trouble:
        return trouble
    return Exchanged(replace(traded.tokens, user_id=user, user_name=name))


async def _who(app: PartnerApp, wire: Wire, token: str) -> tuple[str, str, Exchanged | None]:
    url = f"{app.urls['LINKEDIN_API_URL']}/v2/userinfo"
    answer = await wire.send(
        Request("GET", url, headers={"Authorization": f"Bearer {token}"}, writes=False, budget="read")
    )
    if not answer.ok:
        return "", "", Exchanged(failure=failure(PLATFORM, answer, operation="oauth"))
    return text_id(answer.value("sub")), str(answer.value("name") or ""), None


async def refresh(app: PartnerApp, wire: Wire, tokens: TokenSet) -> Exchanged:
    """Renew with the refresh token, whose own end never moves."""
    return await token_call(
        app, wire, operation="refresh", grant_type="refresh_token", refresh_token=tokens.refresh_token or ""
    )


async def accounts(app: PartnerApp, wire: Wire, tokens: TokenSet) -> Accounts:
    """Return the member, and the organisations that the member administers."""
    user, name, trouble = await _who(app, wire, tokens.access_token)
    if trouble:
        return Accounts(failure=trouble.failure)
    member = AccountFacts("member", f"urn:li:person:{user}", name)
    url = f"{app.urls['LINKEDIN_API_URL']}/rest/organizationAcls"
    query = {"q": "roleAssignee", "role": "ADMINISTRATOR", "state": "APPROVED"}
    answer = await wire.send(
        Request(
            "GET", url, headers=headers(app, tokens.access_token), params=query, writes=False, budget="read"
        )
    )
    rows = answer.value("elements") if answer.ok else None
    organisations = [
        AccountFacts(
            "organization",
            text_id(row.get("organization")),
            str((row.get("organization~") or {}).get("localizedName", "")),
        )
        for row in (rows if isinstance(rows, list) else [])
    ]
    return Accounts((member, *organisations), user_id=user, user_name=name)


async def revoke(app: PartnerApp, wire: Wire, tokens: TokenSet) -> StepResult:
    """End the token at LinkedIn."""
    url = f"{app.urls['LINKEDIN_WWW_URL']}/oauth/v2/revoke"
    form = {"client_id": app.client_id, "client_secret": app.client_secret, "token": tokens.access_token}
    answer = await wire.send(Request("POST", url, form=form))
    return (
        StepResult(answer=answer)
        if answer.ok
        else StepResult(failure=failure(PLATFORM, answer, operation="revoke"))
    )


def _refresh_life(value: object) -> float | None:
    """LinkedIn's own samples tell this one in minutes: no consent is for less than a week."""
    found = seconds(value)
    return found * 60 if found and found <= _YEAR_IN_MINUTES else found
