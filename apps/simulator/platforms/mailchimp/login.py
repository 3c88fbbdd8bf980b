"""Sign in with Mailchimp: no scopes, no expiry, and a metadata call that tells the data centre."""

from urllib.parse import urlencode

from aiohttp import web

from apps.simulator import oauth
from apps.simulator.partner import Call
from apps.simulator.platforms.mailchimp.accounts import PLATFORM, presented

CODE_LIFETIME = 600


async def authorize(call: Call) -> web.StreamResponse:
    """Show the consent page, or take its answer."""
    query = call.request.query
    if (
        query.get("client_id") != call.world.credentials["MAILCHIMP_CLIENT_ID"]
        or query.get("response_type") != "code"
    ):
        return web.Response(text="invalid_client", status=400)
    if call.request.method == "GET":
        return oauth.page(call.world, PLATFORM, "Mailchimp", [])
    state = query.get("state", "")
    if call.form.get("decision") != "allow":
        raise web.HTTPFound(
            f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': state})}"
        )
    code = oauth.issue_code(
        call.world, PLATFORM, user=call.form["user"], scopes=[], redirect_uri=query["redirect_uri"]
    )
    raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': state})}")


async def token(call: Call) -> web.StreamResponse:
    """Trade a code for a token that never ends; `expires_in` is 0."""
    ours, asked = call.world.credentials, call.form
    if (
        asked.get("client_id") != ours["MAILCHIMP_CLIENT_ID"]
        or asked.get("client_secret") != ours["MAILCHIMP_CLIENT_SECRET"]
    ):
        return web.json_response({"error": "invalid_client"}, status=401)
    found = oauth.redeem(
        call.world, asked.get("code", ""), redirect_uri=asked.get("redirect_uri", ""), lifetime=CODE_LIFETIME
    )
    if found is None:
        return web.json_response(
            {
                "error": "invalid_grant",
                "error_description": "The authorization code is invalid or has expired",
            },
            status=400,
        )
    value = call.world.token(
        prefix="", platform=PLATFORM, kind="user", user=found["user"], scopes=[], lifetime=None
    )
    return web.json_response({"access_token": value, "expires_in": 0, "scope": None})


async def metadata(call: Call) -> web.StreamResponse:
    """Say where the account lives; a dead token is told so with status 200."""
    token = call.world.read_token(presented(call))
    living = token is not None and token["state"] == "valid" and token["kind"] == "user"
    user = call.world.store.get("user", token["user"]) if token and living else None
    if user is None:
        return web.json_response({"error": "invalid_token"})
    endpoint = call.world.urls["MAILCHIMP_API_URL"].replace("{dc}", user["dc"])
    login = {"email": "ana@harbour.test", "login_id": user["id"]}
    return web.json_response(
        {
            "dc": user["dc"],
            "role": user["role"],
            "accountname": user["name"],
            "user_id": user["id"],
            "login": login,
            "api_endpoint": endpoint,
        }
    )
