"""Sign in with Mailchimp: no scopes, no end, no refresh; the metadata call tells where the account lives."""

from urllib.parse import urlencode

from apps.connections.connectors.base import failure, text_id
from apps.connections.connectors.interface import (
    AccountFacts,
    Accounts,
    Answer,
    Exchanged,
    PartnerApp,
    Request,
    StepResult,
    TokenSet,
    Wire,
)
from apps.connections.connectors.mailchimp.answers import PLATFORM, base
from apps.connections.connectors.mailchimp.capabilities import MAY_SEND
from apps.errors.classification import Classification, Confidence
from apps.errors.codes import ErrorCode


def authorize_url(app: PartnerApp, *, redirect_uri: str, state: str) -> str:
    """Return the consent page."""
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{app.urls['MAILCHIMP_LOGIN_URL']}/oauth2/authorize?{urlencode(query)}"


async def exchange(app: PartnerApp, wire: Wire, *, code: str, redirect_uri: str) -> Exchanged:
    """Trade the code; `expires_in` 0 means never."""
    form = {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": redirect_uri,
        "code": code,
    }
    answer = await wire.send(Request("POST", f"{app.urls['MAILCHIMP_LOGIN_URL']}/oauth2/token", form=form))
    token = answer.value("access_token")
    if not answer.ok or not token:
        return Exchanged(failure=failure(PLATFORM, answer, operation="oauth"))
    about = await _metadata(app, wire, str(token))
    user = about.value("login", "login_id") or about.value("user_id")  # the person, before the account
    name = str(about.value("accountname") or "")
    return Exchanged(TokenSet(str(token), never_expires=True, user_id=text_id(user), user_name=name))


async def _metadata(app: PartnerApp, wire: Wire, token: str) -> Answer:
    url = f"{app.urls['MAILCHIMP_LOGIN_URL']}/oauth2/metadata"
    return await wire.send(
        Request("GET", url, headers={"Authorization": f"OAuth {token}"}, writes=False, budget="read")
    )


async def accounts(app: PartnerApp, wire: Wire, tokens: TokenSet) -> Accounts:
    """List the audiences. A dead token is told so under status 200: only the missing endpoint shows it."""
    about = await _metadata(app, wire, tokens.access_token)
    dc = about.value("dc")
    if not about.ok or not dc:
        return Accounts(failure=failure(PLATFORM, about, operation="oauth"))
    return await audiences(app, wire, tokens, about, str(dc))


async def audiences(app: PartnerApp, wire: Wire, tokens: TokenSet, about: Answer, dc: str) -> Accounts:
    """List the audiences in a data centre; `about` tells the person's role, on which sending depends."""
    url = f"{base(app.urls['MAILCHIMP_API_URL'], dc)}/lists"
    answer = await wire.send(
        Request(
            "GET",
            url,
            headers={"Authorization": f"Bearer {tokens.access_token}"},
            params={"count": "100"},
            writes=False,
            budget="read",
        )
    )
    rows = answer.value("lists")
    if not answer.ok or not isinstance(rows, list):
        return Accounts(failure=failure(PLATFORM, answer, operation="oauth"))
    role = str(about.value("role") or "")
    details = {"dc": dc, "role": role}
    found = tuple(
        AccountFacts(
            "audience",
            text_id(row.get("id")),
            str(row.get("name", "")),
            details,
            may_publish=role in MAY_SEND,
        )
        for row in rows
    )
    return Accounts(found, user_id=tokens.user_id, user_name=tokens.user_name)


def nothing_to_refresh() -> Classification:
    """A token that never ends cannot be renewed."""
    return Classification(
        code=ErrorCode.CAPABILITY_UNSUPPORTED,
        platform=PLATFORM,
        rule_id="mailchimp.no_refresh",
        confidence=Confidence.EXACT,
    )


def revoke() -> StepResult:
    """Mailchimp has no endpoint for that; people disconnect us in their account."""
    return StepResult()
