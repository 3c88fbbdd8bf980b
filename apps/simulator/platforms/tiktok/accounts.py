"""Creators and their tokens, which are short and rotate."""

import secrets
from typing import Any

from aiohttp import web

from apps.simulator.partner import Call, World, bearer
from apps.simulator.platforms.tiktok.errors import refuse

PLATFORM = "tiktok"
SCOPES = ["user.info.basic", "video.publish", "video.list"]
LIFETIME, REFRESH_LIFETIME = 7200, 180 * 86400
PRIVACY = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]


def create(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """Create a creator, already granted to our app."""
    name = wanted.get("name", "A creator")
    creator = person(world, {**wanted, "user_name": name})
    facts = {
        "id": creator,
        "kind": "creator",
        "name": name,
        "user": creator,
        "privacy": wanted.get("privacy", PRIVACY),
    }
    world.store.put("account", creator, PLATFORM, facts, owner=creator)
    access, refresh = mint(world, creator, SCOPES)
    return {
        "user_id": creator,
        "account_id": creator,
        "access_token": access,
        "refresh_token": refresh,
        "expires_in": world.life(PLATFORM, LIFETIME),
        "scopes": SCOPES,
        "details": {},
        "account_token": None,
    }


def person(world: World, wanted: dict[str, Any]) -> str:
    """Return a creator, created when there is none yet: person and account are one here."""
    creator = wanted.get("user") or f"-000{secrets.token_hex(12)}"
    world.store.put("user", creator, PLATFORM, {"id": creator, "name": wanted.get("user_name", "Ana Silva")})
    return str(creator)


def mint(world: World, creator: str, scopes: list[str]) -> tuple[str, str]:
    """Return a new pair; an older refresh token of the creator dies at once, unless the answer will not tell the new."""
    kept = "refresh_token" in world.untold.get(PLATFORM, [])
    for token in list(world.store.all("token", PLATFORM, owner=creator)):
        if not kept and token["kind"] == "refresh" and token["state"] == "valid":
            world.store.put("token", token["value"], PLATFORM, {**token, "state": "rotated"}, owner=creator)
    access = world.token(
        prefix="act.",
        platform=PLATFORM,
        kind="access",
        user=creator,
        account=creator,
        scopes=scopes,
        lifetime=world.life(PLATFORM, LIFETIME),
    )
    refresh = world.token(
        prefix="rft.",
        platform=PLATFORM,
        kind="refresh",
        user=creator,
        account=creator,
        scopes=scopes,
        lifetime=REFRESH_LIFETIME,
    )
    return access, refresh


def check(call: Call, scope: str) -> tuple[dict[str, Any], web.Response | None]:
    """Return the token behind a call, and the refusal. Expired, revoked and unknown look the same."""
    token = call.world.read_token(bearer(call.request))
    if token is None or token["state"] != "valid" or token["kind"] != "access":
        return {}, refuse(
            401, "access_token_invalid", "The access token is invalid or not found in the request."
        )
    if scope not in token["scopes"]:
        return token, refuse(
            401,
            "scope_not_authorized",
            "The user did not authorize the scope required for completing this request.",
        )
    return token, None
