"""Facebook Login: consent, code, long-lived token, pages, permissions, inspection."""

from urllib.parse import urlencode

from aiohttp import web

from apps.simulator import oauth
from apps.simulator.partner import Call
from apps.simulator.platforms.meta.accounts import (
    PLATFORM,
    SCOPES,
    USER_LIFETIME,
    check,
    page_token,
    presented,
)
from apps.simulator.platforms.meta.errors import refuse

CODE_LIFETIME = 600
SHORT_LIFETIME = 3600


async def dialog(call: Call) -> web.StreamResponse:
    """Show the consent page, or take its answer."""
    query = call.request.query
    if query.get("client_id") != call.world.credentials["META_CLIENT_ID"]:
        return web.Response(text="Invalid App ID", status=400)
    if "," not in query.get("scope", "") or query.get("response_type", "code") != "code":
        return web.Response(text="Invalid Scopes: they are separated by commas.", status=400)
    asked = query["scope"].split(",")
    if call.request.method == "GET":
        return oauth.page(call.world, PLATFORM, "Facebook", asked)
    state = query.get("state", "")
    if call.form.get("decision") != "allow":
        denied = {
            "error": "access_denied",
            "error_reason": "user_denied",
            "error_description": "Permissions error",
            "state": state,
        }
        raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode(denied)}")
    code = oauth.issue_code(
        call.world,
        PLATFORM,
        user=call.form["user"],
        scopes=_granted(call, asked),
        redirect_uri=query["redirect_uri"],
    )
    raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': state})}")


def _granted(call: Call, asked: list[str]) -> list[str]:
    """What was declined once is not asked for again, unless the dialog is opened with `auth_type=rerequest`."""
    user, store = call.form["user"], call.world.store
    before = (store.get("declined", user) or {"scopes": []})["scopes"]
    again = call.request.query.get("auth_type") == "rerequest"
    granted = [scope for scope in oauth.allowed(call.form, asked) if again or scope not in before]
    declined = [scope for scope in asked if scope not in granted]
    store.put("declined", user, PLATFORM, {"scopes": declined}, owner=user)
    return granted


async def access_token(call: Call) -> web.StreamResponse:
    """Trade a code for a short-lived token, or a living token for a long-lived one."""
    asked = {**call.request.query, **call.form}
    ours = call.world.credentials
    if (
        asked.get("client_id") != ours["META_CLIENT_ID"]
        or asked.get("client_secret") != ours["META_CLIENT_SECRET"]
    ):
        return refuse(101, "Error validating application. Cannot get application info due to a system error.")
    if asked.get("grant_type") == "fb_exchange_token":
        return _exchange(call, asked.get("fb_exchange_token", ""))
    found = oauth.redeem(
        call.world, asked.get("code", ""), redirect_uri=asked.get("redirect_uri", ""), lifetime=CODE_LIFETIME
    )
    if found is None:
        return refuse(100, "This authorization code has been used.", subcode=36009)
    token = call.world.token(
        prefix="EAAB",
        platform=PLATFORM,
        kind="user",
        user=found["user"],
        scopes=found["scopes"],
        lifetime=SHORT_LIFETIME,
    )
    return call.world.tokens_answer(
        PLATFORM, {"access_token": token, "token_type": "bearer", "expires_in": SHORT_LIFETIME}
    )


def _exchange(call: Call, value: str) -> web.StreamResponse:
    token = call.world.read_token(value)
    if token is None or token["state"] != "valid":
        return refuse(190, "Error validating access token: Session has expired", subcode=463)
    life = call.world.life(PLATFORM, USER_LIFETIME)
    long = call.world.token(
        prefix="EAAB",
        platform=PLATFORM,
        kind="user",
        user=token["user"],
        scopes=token["scopes"],
        lifetime=life,
    )
    return call.world.tokens_answer(
        PLATFORM, {"access_token": long, "token_type": "bearer", "expires_in": round(life)}
    )


async def me(call: Call) -> web.StreamResponse:
    """Say whose token this is."""
    token, refusal = check(call)
    if refusal:
        return refusal
    user = call.world.store.get("user", token["user"]) or {}
    return web.json_response({"id": token["user"], "name": user.get("name", "")})


async def my_accounts(call: Call) -> web.StreamResponse:
    """List the pages, each with its own token and the Instagram account linked to it."""
    token, refusal = check(call, scope="pages_show_list")
    if refusal:
        return refusal
    accounts = call.world.managed(PLATFORM, token["user"])
    shown = accounts if "instagram_basic" in token["scopes"] else []
    linked = {account["page"]: account for account in shown if account["kind"] == "instagram"}
    data = []
    for page in (account for account in accounts if account["kind"] == "page"):
        row = {
            "id": page["id"],
            "name": page["name"],
            "tasks": ["CREATE_CONTENT", "MANAGE"],
            "access_token": page_token(call.world, token["user"], page["id"], token["scopes"]),
        }
        if instagram := linked.get(page["id"]):
            row["instagram_business_account"] = {"id": instagram["id"], "username": instagram["name"]}
        data.append(row)
    return web.json_response({"data": data})


async def my_permissions(call: Call) -> web.StreamResponse:
    """Say which permissions the user gave."""
    token, refusal = check(call)
    if refusal:
        return refusal
    rows = [
        {"permission": scope, "status": "granted" if scope in token["scopes"] else "declined"}
        for scope in SCOPES
    ]
    return web.json_response({"data": rows})


async def forget_me(call: Call) -> web.StreamResponse:
    """Remove our app from the user's account."""
    token, refusal = check(call)
    if refusal:
        return refusal
    for other in list(call.world.store.all("token", PLATFORM, owner=token["user"])):
        call.world.store.put(
            "token", other["value"], PLATFORM, {**other, "state": "app_removed"}, owner=token["user"]
        )
    return web.json_response({"success": True})


async def debug_token(call: Call) -> web.StreamResponse:
    """Inspect a token; a dead one is described with status 200."""
    ours = call.world.credentials
    if presented(call) != f"{ours['META_CLIENT_ID']}|{ours['META_CLIENT_SECRET']}":
        return refuse(101, "Error validating application. Cannot get application info due to a system error.")
    token = call.world.read_token(call.request.query.get("input_token", ""))
    if token is None or token["state"] != "valid":
        error = {"code": 190, "message": "Error validating access token", "subcode": 467}
        return web.json_response({"data": {"is_valid": False, "error": error, "scopes": []}})
    expires = int(token["expires"] or 0)
    facts = {
        "is_valid": True,
        "type": token["kind"].upper(),
        "expires_at": expires,
        "user_id": token["user"],
        "scopes": token["scopes"],
    }
    return web.json_response({"data": {"app_id": ours["META_CLIENT_ID"], **facts}})
