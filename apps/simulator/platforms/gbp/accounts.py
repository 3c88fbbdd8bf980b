"""Google accounts, their business accounts and locations."""

from typing import Any

from aiohttp import web

from apps.simulator.numbers import number
from apps.simulator.partner import Call, World, bearer
from apps.simulator.platforms.gbp.errors import refuse

PLATFORM = "gbp"
SCOPE = "https://www.googleapis.com/auth/business.manage"
LIFETIME = 3600


def create(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """Create a location under a business account, already granted to our app."""
    user = person(world, wanted)
    account = wanted.get("account") or (world.store.get("user", user) or {})["account"]
    location = wanted.get("id") or number(19)
    facts = {
        "id": location,
        "kind": "location",
        "name": wanted.get("name", "A place"),
        "user": user,
        "account": account,
        "posts": wanted.get("can_post", True),
    }
    world.store.put("account", location, PLATFORM, facts, owner=user)
    return {
        "user_id": user,
        "account_id": location,
        "access_token": access(world, user),
        "refresh_token": refresh(world, user),
        "expires_in": world.life(PLATFORM, LIFETIME),
        "scopes": [SCOPE],
        "details": {"account": account},
        "account_token": None,
    }


def person(world: World, wanted: dict[str, Any]) -> str:
    """Return a Google user, created when there is none yet."""
    user = wanted.get("user") or f"1{number(20)}"
    if not world.store.get("user", user):
        name = wanted.get("user_name", "Ana Silva")
        account = wanted.get("account") or number(20)
        world.store.put("user", user, PLATFORM, {"id": user, "name": name, "account": account})
    return str(user)


def access(world: World, user: str, scopes: list[str] | None = None) -> str:
    """Mint an access token, for an hour unless control says otherwise."""
    given, life = [SCOPE] if scopes is None else scopes, world.life(PLATFORM, LIFETIME)
    return world.token(
        prefix="ya29.", platform=PLATFORM, kind="access", user=user, scopes=given, lifetime=life
    )


def refresh(world: World, user: str, scopes: list[str] | None = None) -> str:
    """Mint a refresh token, which is never rotated."""
    given = [SCOPE] if scopes is None else scopes
    return world.token(
        prefix="1//", platform=PLATFORM, kind="refresh", user=user, scopes=given, lifetime=None
    )


def check(call: Call) -> tuple[dict[str, Any], web.Response | None]:
    """Return the user behind a call, and the refusal. A 401 does not say why: only a refresh finds out."""
    token = call.world.read_token(bearer(call.request))
    user = (
        call.world.store.get("user", token["user"])
        if token and token["state"] == "valid" and token["kind"] == "access"
        else None
    )
    if user is None:
        return {}, refuse(
            401,
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
        )
    if token and SCOPE not in token["scopes"]:
        return user, refuse(403, "Request had insufficient authentication scopes.")
    return user, None
