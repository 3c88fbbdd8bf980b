"""Accounts in their data centres, with one audience each."""

import base64
import binascii
import secrets
from typing import Any

from aiohttp import web

from apps.simulator.partner import Call, World, bearer, host_of
from apps.simulator.platforms.mailchimp.errors import bad_key, refuse

PLATFORM = "mailchimp"
MAY_SEND = frozenset({"owner", "admin", "manager"})


def create(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """Create an account with an audience, already granted to our app."""
    user, audience = person(world, wanted), wanted.get("id") or secrets.token_hex(5)
    dc, role = wanted.get("dc", "us6"), wanted.get("role", "owner")
    facts = {
        "id": audience,
        "kind": "audience",
        "name": wanted.get("name", "An audience"),
        "user": user,
        "dc": dc,
    }
    world.store.put("account", audience, PLATFORM, facts, owner=user)
    token = world.token(prefix="", platform=PLATFORM, kind="user", user=user, scopes=[], lifetime=None)
    return {
        "user_id": user,
        "account_id": audience,
        "access_token": token,
        "expires_in": None,
        "scopes": [],
        "details": {"dc": dc, "role": role},
        "account_token": None,
        "api_key": key(world, user, dc),
    }


def person(world: World, wanted: dict[str, Any]) -> str:
    """Return somebody with a sign-in of their own, created when there is none yet."""
    user = wanted.get("user") or secrets.token_hex(6)
    if wanted.get("fresh") or not world.store.get("user", user):
        facts = {
            "id": user,
            "name": wanted.get("user_name", "Ana Silva"),
            "dc": wanted.get("dc", "us6"),
            "role": wanted.get("role", "owner"),
        }
        world.store.put("user", user, PLATFORM, facts)
    return str(user)


def key(world: World, user: str, dc: str) -> str:
    """Mint an API key, which carries its data centre as its end."""
    value = f"{secrets.token_hex(16)}-{dc}"
    facts = {"value": value, "kind": "key", "user": user, "account": "", "scopes": [], "state": "valid"}
    world.store.put("token", value, PLATFORM, {**facts, "born": world.now(), "expires": None}, owner=user)
    return value


def presented(call: Call) -> str:
    """Return the token: Bearer, OAuth or the password of Basic."""
    scheme, _, value = call.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return value if scheme.lower() == "oauth" else bearer(call.request)


def check(call: Call, *, sends: bool = False) -> tuple[dict[str, Any], web.Response | None]:
    """Return the user behind a call, and the refusal: the token must live, and live in this data centre."""
    value = presented(call)
    if not value:
        return {}, refuse(401, "API Key Missing", "Your request did not include an API key.")
    token = call.world.read_token(value)
    user = call.world.store.get("user", token["user"]) if token and token["state"] == "valid" else None
    if user is None or user["dc"] != _data_centre(call.request):
        return {}, bad_key()
    if sends and user["role"] not in MAY_SEND:
        return user, refuse(
            403,
            "User action not permitted",
            "Your user role does not have permission to perform this action.",
        )
    return user, None


def _data_centre(request: web.Request) -> str:
    dc, _, rest = host_of(request).partition(":")[0].partition(".")
    return dc if rest in {"localhost", "api.mailchimp.com"} else "us1"
