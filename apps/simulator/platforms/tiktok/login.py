"""Login Kit: client_key, scopes with commas, errors under status 200."""

from urllib.parse import quote, urlencode

from aiohttp import web

from apps.simulator import oauth
from apps.simulator.partner import Call
from apps.simulator.platforms.tiktok import errors
from apps.simulator.platforms.tiktok.accounts import LIFETIME, PLATFORM, REFRESH_LIFETIME, check, mint

CODE_LIFETIME = 300


async def authorize(call: Call) -> web.StreamResponse:
    """Show the consent page, or take its answer; single scopes can be unticked."""
    query = call.request.query
    if (
        query.get("client_key") != call.world.credentials["TIKTOK_CLIENT_ID"]
        or query.get("response_type") != "code"
    ):
        return web.Response(text="Something went wrong: client_key", status=400)
    if " " in query.get("scope", ""):
        return web.Response(text="Something went wrong: scope", status=400)
    asked = query.get("scope", "").split(",")
    if call.request.method == "GET":
        return oauth.page(call.world, PLATFORM, "TikTok", asked)
    state = query.get("state", "")
    if call.form.get("decision") != "allow":
        denied = {"error": "access_denied", "error_description": "User cancelled", "state": state}
        raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode(denied)}")
    scopes = oauth.allowed(call.form, asked)
    code = oauth.issue_code(
        call.world,
        PLATFORM,
        user=call.form["user"],
        scopes=scopes,
        redirect_uri=query["redirect_uri"],
        challenge=query.get("code_challenge", ""),
        challenge_form="hex",  # where everybody else takes base64url
    )
    raise web.HTTPFound(
        f"{query['redirect_uri']}?code={quote(code)}&scopes={quote(','.join(scopes))}&state={quote(state)}"
    )


async def token(call: Call) -> web.StreamResponse:
    """Trade a code, or renew; both give a new pair."""
    ours, asked = call.world.credentials, call.form
    if (
        asked.get("client_key") != ours["TIKTOK_CLIENT_ID"]
        or asked.get("client_secret") != ours["TIKTOK_CLIENT_SECRET"]
    ):
        return errors.oauth("invalid_client", "Client key or secret is incorrect.")
    if asked.get("grant_type") == "refresh_token":
        kept = call.world.read_token(asked.get("refresh_token", ""))
        if kept is None or kept["kind"] != "refresh" or kept["state"] != "valid":
            return errors.oauth("invalid_grant", "Refresh token is invalid or expired.")
        return _pair(call, kept["user"], kept["scopes"])
    found = oauth.redeem(
        call.world, asked.get("code", ""), redirect_uri=asked.get("redirect_uri", ""), lifetime=CODE_LIFETIME
    )
    if found is None:
        return errors.oauth("invalid_grant", "Authorization code is expired.")
    if not oauth.verifies(found, asked.get("code_verifier", "")):
        return errors.oauth("invalid_request", "Code verifier or code challenge is invalid.")
    return _pair(call, found["user"], found["scopes"])


def _pair(call: Call, creator: str, scopes: list[str]) -> web.Response:
    access, refresh = mint(call.world, creator, scopes)
    facts = {
        "access_token": access,
        "expires_in": round(call.world.life(PLATFORM, LIFETIME)),
        "open_id": creator,
        "refresh_token": refresh,
        "refresh_expires_in": REFRESH_LIFETIME,
        "scope": ",".join(scopes),
        "token_type": "Bearer",
    }
    return call.world.tokens_answer(PLATFORM, facts)


async def revoke(call: Call) -> web.StreamResponse:
    """End a grant."""
    found = call.world.read_token(call.form.get("token", ""))
    if not found or found["state"] != "valid":
        return errors.oauth("invalid_grant", "Access token is invalid.")
    for other in list(call.world.store.all("token", PLATFORM, owner=found["user"])):
        call.world.store.put(
            "token", other["value"], PLATFORM, {**other, "state": "revoked"}, owner=found["user"]
        )
    return web.json_response({})


async def user_info(call: Call) -> web.StreamResponse:
    """Say who the creator is; the fields must be named."""
    token, refusal = check(call, "user.info.basic")
    if refusal:
        return refusal
    if not call.request.query.get("fields"):
        return errors.refuse(400, "invalid_params", "Fields is required.")
    user = call.world.store.get("user", token["user"]) or {}
    return errors.envelope({"user": {"open_id": token["user"], "display_name": user.get("name", "")}})
