"""Login Kit. Tokens live for hours and rotate: the old refresh token dies with the answer."""

import hashlib
from urllib.parse import urlencode

from apps.connections.connectors.base import failure, seconds
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
from apps.connections.connectors.tiktok.answers import PLATFORM, succeeded
from apps.connections.connectors.tiktok.capabilities import SCOPES


def authorize_url(
    app: PartnerApp, *, redirect_uri: str, state: str, verifier: str, again: bool = False
) -> str:
    """
    Return the consent page; the client id is called client_key, scopes are separated by commas.

    The code challenge is the verifier's SHA-256 in hex, where everybody else takes base64url.
    """
    query = {
        "client_key": app.client_id,
        "scope": ",".join(SCOPES),
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": hashlib.sha256(verifier.encode()).hexdigest(),
        "code_challenge_method": "S256",
    }
    if again:
        query["disable_auto_auth"] = "1"  # who is signed in and allowed us before sees no page otherwise
    return f"{app.urls['TIKTOK_WWW_URL']}/v2/auth/authorize/?{urlencode(query)}"


async def exchange(app: PartnerApp, wire: Wire, *, code: str, redirect_uri: str, verifier: str) -> Exchanged:
    """Trade the code."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return await _token(app, wire, "oauth", **form, code_verifier=verifier)


async def refresh(app: PartnerApp, wire: Wire, tokens: TokenSet) -> Exchanged:
    """Trade the refresh token for a new pair."""
    return await _token(
        app, wire, "refresh", grant_type="refresh_token", refresh_token=tokens.refresh_token or ""
    )


async def _token(app: PartnerApp, wire: Wire, operation: str, **form: str) -> Exchanged:
    """A success has an access token; the status is 200 in either case."""
    secrets = {"client_key": app.client_id, "client_secret": app.client_secret}
    answer = await wire.send(
        Request("POST", f"{app.urls['TIKTOK_API_URL']}/v2/oauth/token/", form={**secrets, **form})
    )
    token = answer.value("access_token")
    if not answer.ok or not token:
        return Exchanged(failure=failure(PLATFORM, answer, operation=operation))
    return Exchanged(
        TokenSet(
            str(token),
            refresh_token=str(answer.value("refresh_token") or "") or None,
            expires_in=seconds(answer.value("expires_in")),
            refresh_expires_in=seconds(answer.value("refresh_expires_in")),
            scopes=tuple(scope for scope in str(answer.value("scope") or "").split(",") if scope),
            user_id=str(answer.value("open_id") or ""),
        )
    )


async def accounts(app: PartnerApp, wire: Wire, tokens: TokenSet) -> Accounts:
    """A grant is for one creator."""
    url = f"{app.urls['TIKTOK_API_URL']}/v2/user/info/"
    headers = {"Authorization": f"Bearer {tokens.access_token}"}
    answer = await wire.send(
        Request(
            "GET",
            url,
            headers=headers,
            params={"fields": "open_id,display_name"},
            writes=False,
            budget="read",
        )
    )
    if not succeeded(answer):
        return Accounts(failure=failure(PLATFORM, answer, operation="oauth"))
    creator, name = (
        str(answer.value("data", "user", "open_id") or ""),
        str(answer.value("data", "user", "display_name") or ""),
    )
    return Accounts((AccountFacts("creator", creator, name),), user_id=creator, user_name=name)


async def revoke(app: PartnerApp, wire: Wire, tokens: TokenSet) -> StepResult:
    """
    Give the access back; a dead authorisation is given back already, and says so under status 200.

    So does an access token that is merely over, hours after the last post: it is renewed once more to end it.
    """
    answer = await _revoke(app, wire, tokens)
    if answer.value("error") == "invalid_grant" and tokens.refresh_token:
        renewed = await refresh(app, wire, tokens)
        answer = await _revoke(app, wire, renewed.tokens) if renewed.tokens else answer
    if answer.ok and answer.value("error") in {None, "invalid_grant"}:
        return StepResult(answer=answer)
    return StepResult(failure=failure(PLATFORM, answer, operation="revoke"))


async def _revoke(app: PartnerApp, wire: Wire, tokens: TokenSet) -> Answer:
    form = {"client_key": app.client_id, "client_secret": app.client_secret, "token": tokens.access_token}
    return await wire.send(Request("POST", f"{app.urls['TIKTOK_API_URL']}/v2/oauth/revoke/", form=form))
