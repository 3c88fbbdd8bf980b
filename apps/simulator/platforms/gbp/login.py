"""Google's sign-in: the refresh token comes with the first consent, or when consent is asked for again."""

import base64
import json
from urllib.parse import urlencode

from aiohttp import web

from apps.simulator import oauth
from apps.simulator.partner import Call, World
from apps.simulator.platforms.gbp import errors
from apps.simulator.platforms.gbp.accounts import LIFETIME, PLATFORM, access, check, refresh

CODE_LIFETIME = 600


async def authorize(call: Call) -> web.StreamResponse:
    """Show the consent page, or take its answer; single scopes can be unticked."""
    query = call.request.query
    if (
        query.get("client_id") != call.world.credentials["GBP_CLIENT_ID"]
        or query.get("response_type") != "code"
    ):
        return web.Response(text="Error 400: invalid_request", status=400)
    asked = query.get("scope", "").split(" ")
    if call.request.method == "GET":
        return oauth.page(call.world, PLATFORM, "Google", asked)
    state = query.get("state", "")
    if call.form.get("decision") != "allow":
        raise web.HTTPFound(
            f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': state})}"
        )
    offline = query.get("access_type") == "offline" and query.get("prompt") == "consent"
    code = oauth.issue_code(
        call.world,
        PLATFORM,
        user=call.form["user"],
        scopes=oauth.allowed(call.form, asked),
        redirect_uri=query["redirect_uri"],
        offline=offline,
        challenge=query.get("code_challenge", ""),
        challenge_form="base64url",
    )
    raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': state})}")


async def token(call: Call) -> web.StreamResponse:
    """Trade a code, or renew; a renewal brings no refresh token."""
    ours, asked = call.world.credentials, call.form
    if (
        asked.get("client_id") != ours["GBP_CLIENT_ID"]
        or asked.get("client_secret") != ours["GBP_CLIENT_SECRET"]
    ):
        return errors.oauth(401, "invalid_client", "The OAuth client was not found.")
    if asked.get("grant_type") == "refresh_token":
        kept = call.world.read_token(asked.get("refresh_token", ""))
        if kept is None or kept["state"] != "valid" or kept["kind"] != "refresh":
            return errors.oauth(400, "invalid_grant", "Token has been expired or revoked.")
        given = kept["scopes"]
        return _tokens(call, access_token=access(call.world, kept["user"], given), scope=" ".join(given))
    found = oauth.redeem(
        call.world, asked.get("code", ""), redirect_uri=asked.get("redirect_uri", ""), lifetime=CODE_LIFETIME
    )
    if found is None or not oauth.verifies(found, asked.get("code_verifier", "")):
        return errors.oauth(400, "invalid_grant", "Bad Request")
    given = found["scopes"]
    answer = {"access_token": access(call.world, found["user"], given), "scope": " ".join(given)}
    if found["offline"]:
        answer["refresh_token"] = refresh(call.world, found["user"], given)
    if "openid" in given:
        answer["id_token"] = _id_token(call.world, found["user"])
    return _tokens(call, **answer)


def _tokens(call: Call, **facts: str) -> web.Response:
    """Answer with tokens; their life is told a second short."""
    told = round(call.world.life(PLATFORM, LIFETIME)) - 1
    return call.world.tokens_answer(PLATFORM, {"expires_in": told, "token_type": "Bearer", **facts})


def _id_token(world: World, user: str) -> str:
    """Say who signed in: a JWT, of which nobody here checks the signature."""
    claims = {
        "iss": "https://accounts.google.com",
        "sub": user,
        "name": (world.store.get("user", user) or {})["name"],
    }
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "sig"]
    )


async def revoke(call: Call) -> web.StreamResponse:
    """End a grant."""
    found = call.world.store.get("token", call.request.query.get("token", "") or call.form.get("token", ""))
    if not found or found["state"] != "valid":
        return errors.oauth(400, "invalid_token", "Token expired or revoked")
    for other in list(call.world.store.all("token", PLATFORM, owner=found["user"])):
        call.world.store.put(
            "token", other["value"], PLATFORM, {**other, "state": "revoked"}, owner=found["user"]
        )
    return web.json_response({})


async def accounts(call: Call) -> web.StreamResponse:
    """List the business accounts."""
    user, refusal = check(call)
    if refusal:
        return refusal
    shared = {one["account"] for one in call.world.managed(PLATFORM, user["id"])} - {user["account"]}
    groups = [
        {"name": f"accounts/{one}", "accountName": "A group", "type": "LOCATION_GROUP"}
        for one in sorted(shared)
    ]
    own = {"name": f"accounts/{user['account']}", "accountName": user["name"], "type": "PERSONAL"}
    return web.json_response({"accounts": [own, *groups]})


async def locations(call: Call) -> web.StreamResponse:
    """List the locations, whose names come without their account."""
    user, refusal = check(call)
    if refusal:
        return refusal
    if not call.request.query.get("readMask"):
        return errors.invalid_field("read_mask", "Request must contain a read mask.", 2)
    rows = [
        {
            "name": f"locations/{one['id']}",
            "title": one["name"],
            "metadata": {"canOperateLocalPost": one["posts"]},
        }
        for one in call.world.managed(PLATFORM, user["id"])
        if one["account"] == call.request.match_info["account"]
    ]
    return web.json_response({"locations": rows})
