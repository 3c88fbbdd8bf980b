"""Google's sign-in. The refresh token comes once and is never rotated; a renewal's answer leaves it out."""

import base64
import hashlib
import json
from urllib.parse import urlencode

from apps.connections.connectors.base import failure, seconds
from apps.connections.connectors.gbp.answers import PLATFORM
from apps.connections.connectors.gbp.capabilities import SCOPES
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


def authorize_url(app: PartnerApp, *, redirect_uri: str, state: str, verifier: str) -> str:
    """Return the consent page; without `prompt=consent` a second sign-in brings no refresh token."""
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(SCOPES),
        "state": state,
        "access_type": "offline",
        "prompt": "consent",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{app.urls['GOOGLE_ACCOUNTS_URL']}/o/oauth2/v2/auth?{urlencode(query)}"


async def exchange(app: PartnerApp, wire: Wire, *, code: str, redirect_uri: str, verifier: str) -> Exchanged:
    """Trade the code; the answer's identity token says who signed in, by the id that Google's warnings name."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return await _token(app, wire, "oauth", **form, code_verifier=verifier)


def _who(id_token: object) -> tuple[str, str]:
    """Return the person's id and name. The token comes straight from Google over TLS: its signature adds nothing."""
    try:
        part = str(id_token).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return str(claims["sub"]), str(claims.get("name") or claims.get("email") or "")
    except (IndexError, KeyError, TypeError, ValueError):
        return "", ""


async def refresh(app: PartnerApp, wire: Wire, tokens: TokenSet) -> Exchanged:
    """Renew the access token."""
    return await _token(
        app, wire, "refresh", grant_type="refresh_token", refresh_token=tokens.refresh_token or ""
    )


async def accounts(app: PartnerApp, wire: Wire, tokens: TokenSet) -> Accounts:
    """List the locations of every account that may carry posts; both ids are kept."""
    answer = await _get(app, wire, "GBP_ACCOUNTS_URL", "v1/accounts", tokens.access_token)
    rows = answer.value("accounts")
    if not answer.ok or not isinstance(rows, list):
        return Accounts(failure=failure(PLATFORM, answer, operation="oauth"))
    found: list[AccountFacts] = []
    for row in rows:
        account = str(row.get("name", "")).removeprefix("accounts/")
        path = f"v1/accounts/{account}/locations"
        places = await _get(
            app,
            wire,
            "GBP_INFORMATION_URL",
            path,
            tokens.access_token,
            readMask="name,title,metadata",
            pageSize="100",
        )
        if not places.ok:
            return Accounts(failure=failure(PLATFORM, places, operation="oauth"))
        for place in places.value("locations") or []:
            if (place.get("metadata") or {}).get("canOperateLocalPost") is not False:
                location = str(place.get("name", "")).removeprefix("locations/")
                found.append(
                    AccountFacts("location", location, str(place.get("title", "")), {"account": account})
                )
    # Without the scope `openid` nobody says who signed in: the first account is the person's own.
    own = str(rows[0].get("name", "")).removeprefix("accounts/") if rows else ""
    return Accounts(tuple(found), user_id=tokens.user_id or own, user_name=tokens.user_name)


async def revoke(app: PartnerApp, wire: Wire, tokens: TokenSet) -> StepResult:
    """Give the grant back; a dead one is given back already."""
    token = tokens.refresh_token or tokens.access_token
    answer = await wire.send(Request("POST", f"{app.urls['GOOGLE_OAUTH_URL']}/revoke", form={"token": token}))
    dead = answer.value("error") == "invalid_token"
    return (
        StepResult(answer=answer)
        if answer.ok or dead
        else StepResult(failure=failure(PLATFORM, answer, operation="revoke"))
    )


async def _token(app: PartnerApp, wire: Wire, operation: str, **form: str) -> Exchanged:
    secrets = {"client_id": app.client_id, "client_secret": app.client_secret}
    answer = await wire.send(
        Request("POST", f"{app.urls['GOOGLE_OAUTH_URL']}/token", form={**secrets, **form})
    )
    if not answer.ok or not answer.value("access_token"):
        return Exchanged(failure=failure(PLATFORM, answer, operation=operation))
    refreshed = answer.value("refresh_token")
    user, name = _who(answer.value("id_token"))
    return Exchanged(
        TokenSet(
            str(answer.value("access_token")),
            refresh_token=str(refreshed) if refreshed else None,
            expires_in=seconds(answer.value("expires_in")),
            refresh_expires_in=seconds(answer.value("refresh_token_expires_in")),
            scopes=tuple(str(answer.value("scope") or "").split()),
            user_id=user,
            user_name=name,
        )
    )


async def _get(app: PartnerApp, wire: Wire, host: str, path: str, token: str, **params: str) -> Answer:
    url = f"{app.urls[host]}/{path}"
    return await wire.send(
        Request(
            "GET",
            url,
            headers={"Authorization": f"Bearer {token}"},
            params=params,
            writes=False,
            budget="read",
        )
    )
