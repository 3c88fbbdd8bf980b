"""Instagram's own login, without a page: hosts and an app of its own, one account for each sign-in."""

from dataclasses import replace
from urllib.parse import urlencode

from apps.connections.connectors.base import failure, seconds, text_id
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
from apps.connections.connectors.meta.answers import INSTAGRAM_LOGIN, PLATFORM, succeeded

LOGIN = INSTAGRAM_LOGIN  # the grant's word for it
# What it calls the two permissions; we keep Facebook Login's words for the same things, so that one guard knows them.
WORDS = {
    "instagram_business_basic": "instagram_basic",
    "instagram_business_content_publish": "instagram_content_publish",
}


def authorize_url(app: PartnerApp, *, redirect_uri: str, state: str, again: bool = False) -> str:
    """Return the consent page."""
    query = {
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": ",".join(WORDS),
        "state": state,
    }
    if again:
        query["force_reauth"] = "true"  # who is signed in and allowed us before sees no page otherwise
    return f"{app.urls['INSTAGRAM_WWW_URL']}/oauth/authorize?{urlencode(query)}"


async def exchange(app: PartnerApp, wire: Wire, *, code: str, redirect_uri: str) -> Exchanged:
    """Trade the code for a token of an hour, and that for one of 60 days."""
    ours = {"client_id": app.client_id, "client_secret": app.client_secret}
    form = {**ours, "grant_type": "authorization_code", "redirect_uri": redirect_uri, "code": code}
    url = f"{app.urls['INSTAGRAM_API_URL']}/oauth/access_token"
    short = await wire.send(Request("POST", url, form=form))
    if not succeeded(short) or not (token := _said(short, "access_token")):
        return Exchanged(failure=failure(PLATFORM, short, operation="oauth"))
    long = await _trade(
        app, wire, "access_token", str(token), operation="oauth", client_secret=app.client_secret
    )
    if long.tokens is None:
        return long
    return Exchanged(replace(long.tokens, scopes=_granted(_said(short, "permissions"))))


async def extend(app: PartnerApp, wire: Wire, token: str) -> Exchanged:
    """Trade a living token that is a day old for one of 60 days."""
    return await _trade(app, wire, "refresh_access_token", token, operation="refresh")


async def accounts(app: PartnerApp, wire: Wire, tokens: TokenSet) -> Accounts:
    """A sign-in is for one account, and that is its person."""
    answer = await wire.send(
        Request(
            "GET",
            f"{app.urls['INSTAGRAM_GRAPH_URL']}/{app.version}/me",
            headers={"Authorization": f"Bearer {tokens.access_token}"},
            params={"fields": "user_id,username"},
            writes=False,
            budget="read",
        )
    )
    who, name = text_id(answer.value("user_id")), str(answer.value("username") or "")
    if not succeeded(answer) or not who:
        return Accounts(failure=failure(PLATFORM, answer, operation="oauth"))
    return Accounts((AccountFacts("instagram", who, name, {"login": LOGIN}),), user_id=who, user_name=name)


def revoke() -> StepResult:
    """There is no endpoint for that; people take us out in their account."""
    return StepResult()


async def _trade(
    app: PartnerApp, wire: Wire, path: str, token: str, *, operation: str, **secret: str
) -> Exchanged:
    kind = "ig_refresh_token" if operation == "refresh" else "ig_exchange_token"
    answer = await wire.send(
        Request(
            "GET",
            f"{app.urls['INSTAGRAM_GRAPH_URL']}/{path}",
            params={"grant_type": kind, "access_token": token, **secret},
            budget="read",
        )
    )
    fresh = answer.value("access_token")
    if not succeeded(answer) or not fresh:
        return Exchanged(failure=failure(PLATFORM, answer, operation=operation))
    return Exchanged(TokenSet(str(fresh), expires_in=seconds(answer.value("expires_in"))))


def _said(answer: Answer, name: str) -> object:
    """Return a word of a flat answer, or of one in a list under `data` as the documentation shows it."""
    rows = answer.value("data")
    if isinstance(rows, list) and rows and isinstance(rows[0], dict):
        return rows[0].get(name)
    return answer.value(name)


def _granted(said: object) -> tuple[str, ...]:
    """Return what was granted, in our words; who says nothing of it granted what was asked for."""
    if isinstance(said, str):
        said = said.split(",")
    return (
        tuple(WORDS.get(str(one), str(one)) for one in said)
        if isinstance(said, list)
        else tuple(WORDS.values())
    )
