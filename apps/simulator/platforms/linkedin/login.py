"""Sign in with LinkedIn: consent, token, introspection, who am I, which organisations."""

from urllib.parse import urlencode

from aiohttp import web

from apps.simulator import oauth
from apps.simulator.partner import Call
from apps.simulator.platforms.linkedin import errors
from apps.simulator.platforms.linkedin.accounts import (
    LIFETIME,
    PLATFORM,
    REFRESH_LIFETIME,
    access,
    check,
    refresh,
)

CODE_LIFETIME = 1800


async def authorization(call: Call) -> web.StreamResponse:
    """Show the consent page, or take its answer; scopes are separated by blanks."""
    query = call.request.query
    if (
        query.get("client_id") != call.world.credentials["LINKEDIN_CLIENT_ID"]
        or query.get("response_type") != "code"
    ):
        return web.Response(text="Bummer, something went wrong.", status=400)
    asked = query.get("scope", "").split(" ")
    refused = set(asked) & set(call.world.withheld.get(PLATFORM, []))  # our app has not been let use these
    if "," in query.get("scope", "") or not query.get("state") or refused:
        raise web.HTTPFound(
            f"{query['redirect_uri']}?{urlencode({'error': 'unauthorized_scope_error', 'state': query.get('state', '')})}"
        )
    if call.request.method == "GET":
        return oauth.page(call.world, PLATFORM, "LinkedIn", asked)
    if call.form.get("decision") != "allow":
        denied = {
            "error": "user_cancelled_authorize",
            "error_description": "The user cancelled the authorization",
            "state": query["state"],
        }
        raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode(denied)}")
    # LinkedIn grants all or nothing.
    code = oauth.issue_code(
        call.world, PLATFORM, user=call.form["user"], scopes=asked, redirect_uri=query["redirect_uri"]
    )
    raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}")


async def access_token(call: Call) -> web.StreamResponse:
    """Trade a code for a token, or renew; a self-serve app gets no refresh token."""
    ours, asked = call.world.credentials, call.form
    if (
        asked.get("client_id") != ours["LINKEDIN_CLIENT_ID"]
        or asked.get("client_secret") != ours["LINKEDIN_CLIENT_SECRET"]
    ):
        return errors.oauth(401, "invalid_client_id", "Client authentication failed")
    if asked.get("grant_type") == "refresh_token":
        return _renew(call, asked.get("refresh_token", ""))
    found = oauth.redeem(
        call.world, asked.get("code", ""), redirect_uri=asked.get("redirect_uri", ""), lifetime=CODE_LIFETIME
    )
    if found is None:
        return errors.oauth(
            400,
            "invalid_request",
            "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or authorization code expired.",
        )
    approved = (call.world.store.get("app", PLATFORM) or {}).get("approved")
    kept = refresh(call.world, found["user"], found["scopes"]) if approved else None
    return _tokens(call, found["user"], found["scopes"], kept, REFRESH_LIFETIME)


def _renew(call: Call, value: str) -> web.StreamResponse:
    """The refresh token comes back as it is, with the time that it has left."""
    kept = call.world.read_token(value)
    if kept is None or kept["kind"] != "refresh" or kept["state"] != "valid":
        return errors.oauth(
            400,
            "invalid_request",
            "The provided authorization grant or refresh token is invalid, expired or revoked.",
        )
    left = round(kept["expires"] - call.world.now())
    return _tokens(call, kept["user"], kept["scopes"], value, left)


def _tokens(call: Call, user: str, scopes: list[str], kept: str | None, left: int) -> web.Response:
    refreshing = {"refresh_token": kept, "refresh_token_expires_in": left} if kept else {}
    facts = {
        "access_token": access(call.world, user, scopes),
        "expires_in": round(call.world.life(PLATFORM, LIFETIME)),
        "scope": ",".join(scopes),
        **refreshing,
    }
    return call.world.tokens_answer(PLATFORM, facts)


async def introspect(call: Call) -> web.StreamResponse:
    """Inspect a token of ours; a dead one is described with status 200."""
    ours, asked = call.world.credentials, call.form
    if asked.get("client_secret") != ours["LINKEDIN_CLIENT_SECRET"]:
        return errors.oauth(401, "invalid_client_id", "Client authentication failed")
    token = call.world.read_token(asked.get("token", ""))
    if token is None:
        return web.json_response({"active": False})
    active = token["state"] == "valid"
    facts = {
        "active": active,
        "status": "active" if active else token["state"],
        "client_id": ours["LINKEDIN_CLIENT_ID"],
        "scope": ",".join(token["scopes"]),
        "created_at": round(token["born"]),
        "authorized_at": round(token["born"]),
        "expires_at": round(token["expires"]),
        "auth_type": "3L",
    }
    return web.json_response(facts)


async def revoke(call: Call) -> web.StreamResponse:
    """End a token."""
    token = call.world.store.get("token", call.form.get("token", ""))
    if token:
        call.world.store.put(
            "token", token["value"], PLATFORM, {**token, "state": "revoked"}, owner=token["user"]
        )
    return web.Response(status=200)


async def userinfo(call: Call) -> web.StreamResponse:
    """Say who the member is."""
    token, refusal = check(call, scope="openid", versioned=False)
    if refusal:
        return refusal
    user = call.world.store.get("user", token["user"]) or {}
    return web.json_response({"sub": token["user"], "name": user.get("name", "")})


async def organization_acls(call: Call) -> web.StreamResponse:
    """List the organisations that the member administers."""
    token, refusal = check(call, scope="rw_organization_admin")
    if refusal:
        return refusal
    found = [one for one in call.world.managed(PLATFORM, token["user"]) if one["kind"] == "organization"]
    rows = [
        {
            "organization": one["id"],
            "role": "ADMINISTRATOR",
            "state": "APPROVED",
            "organization~": {"localizedName": one["name"]},
        }
        for one in found
    ]
    return web.json_response({"elements": rows, "paging": {"count": len(rows), "start": 0}})
