"""Instagram's own login: consent, code, a token of an hour, a token of 60 days."""

from urllib.parse import urlencode

from aiohttp import web

from apps.simulator import oauth
from apps.simulator.partner import Call
from apps.simulator.platforms.meta.accounts import (
    INSTAGRAM_SCOPES,
    PLATFORM,
    USER_LIFETIME,
    check,
    instagram_token,
)
from apps.simulator.platforms.meta.errors import refuse

CODE_LIFETIME = 600
SHORT_LIFETIME = 3600
YOUNGEST = 86400  # seconds that a token must be old before it is extended


async def authorize(call: Call) -> web.StreamResponse:
    """Show the consent page, or take its answer."""
    query = call.request.query
    if query.get("client_id") != call.world.credentials["INSTAGRAM_CLIENT_ID"]:
        return web.Response(text="Invalid platform app", status=400)
    asked = query.get("scope", "").split(",")
    if query.get("response_type") != "code" or not set(asked) <= set(INSTAGRAM_SCOPES):
        return web.Response(text="Invalid scopes", status=400)
    if call.request.method == "GET":
        return oauth.page(call.world, PLATFORM, "Instagram", asked)
    state = query.get("state", "")
    if call.form.get("decision") != "allow":
        denied = {"error": "access_denied", "error_reason": "user_denied", "state": state}
        raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode(denied)}")
    code = oauth.issue_code(
        call.world,
        PLATFORM,
        user=call.form["user"],
        scopes=oauth.allowed(call.form, asked),
        redirect_uri=query["redirect_uri"],
    )
    raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': state})}#_")


async def access_token(call: Call) -> web.StreamResponse:
    """Trade the code for a token of an hour; refusals are flat here, and their code is the status."""
    ours, form = call.world.credentials, call.form
    if (form.get("client_id"), form.get("client_secret")) != (
        ours["INSTAGRAM_CLIENT_ID"],
        ours["INSTAGRAM_CLIENT_SECRET"],
    ):
        return _refuse("Error validating application")
    code, back = form.get("code", ""), form.get("redirect_uri", "")
    found = oauth.redeem(call.world, code, redirect_uri=back, lifetime=CODE_LIFETIME)
    if found is None:
        return _refuse("Matching code was not found or was already used")
    token = instagram_token(call.world, found["user"], found["scopes"], SHORT_LIFETIME)
    return call.world.tokens_answer(
        PLATFORM,
        {"access_token": token, "user_id": int(found["user"]), "permissions": found["scopes"]},
    )


async def exchange(call: Call) -> web.StreamResponse:
    """Trade a token of an hour for one of 60 days."""
    if call.request.query.get("client_secret") != call.world.credentials["INSTAGRAM_CLIENT_SECRET"]:
        return refuse(101, "Error validating application. Cannot get application info due to a system error.")
    return _longer(call, "ig_exchange_token", youngest=0)


async def refresh(call: Call) -> web.StreamResponse:
    """Trade a living token that is a day old for a new one."""
    return _longer(call, "ig_refresh_token", youngest=YOUNGEST)


def _longer(call: Call, kind: str, *, youngest: float) -> web.StreamResponse:
    if call.request.query.get("grant_type") != kind:
        return refuse(100, "Unsupported grant_type")
    token, refusal = check(call, scope="instagram_business_basic")
    if refusal:
        return refusal
    if call.world.now() - token["born"] < youngest:
        return refuse(190, "Error validating access token: the token is less than 24 hours old")
    life = call.world.life(PLATFORM, USER_LIFETIME)
    fresh = instagram_token(call.world, token["user"], token["scopes"], life)
    return call.world.tokens_answer(
        PLATFORM, {"access_token": fresh, "token_type": "bearer", "expires_in": round(life)}
    )


async def me(call: Call) -> web.StreamResponse:
    """Say whose token this is."""
    token, refusal = check(call, scope="instagram_business_basic")
    if refusal:
        return refusal
    account = call.world.store.get("account", token["account"]) or {}
    return web.json_response(
        {"id": f"9{token['account']}", "user_id": token["account"], "username": account.get("name", "")}
    )


def _refuse(message: str) -> web.Response:
    body = {"error_type": "OAuthException", "code": 400, "error_message": message}
    return web.json_response(body, status=400)
