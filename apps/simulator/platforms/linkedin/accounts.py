"""Members and their organisations; the headers that every call needs."""

import secrets
from typing import Any

from aiohttp import web

from apps.simulator.numbers import number
from apps.simulator.partner import Call, World, bearer
from apps.simulator.platforms.linkedin.errors import dead_token, refuse

PLATFORM = "linkedin"
SCOPES = [
    "openid",
    "profile",
    "w_member_social",
    "w_organization_social",
    "r_organization_social",
    "rw_organization_admin",
]
LIFETIME, REFRESH_LIFETIME = 60 * 86400, 365 * 86400
ACTIVE_VERSIONS = range(202512, 202612)


def create(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """Create a member or an organisation, already granted to our app."""
    user = person(world, wanted)
    account = f"urn:li:person:{user}"
    if wanted["kind"] == "organization":
        account = wanted.get("id") or f"urn:li:organization:{number(8)}"
    name = wanted.get("name", "An account")
    world.store.put(
        "account",
        account,
        PLATFORM,
        {"id": account, "kind": wanted["kind"], "name": name, "user": user},
        owner=user,
    )
    approved = bool(wanted.get("approved"))  # an app that LinkedIn gives refresh tokens
    if approved:
        world.store.put("app", PLATFORM, PLATFORM, {"approved": True})
    token = access(world, user, SCOPES)
    return {
        "user_id": user,
        "account_id": account,
        "access_token": token,
        "refresh_token": refresh(world, user, SCOPES) if approved else None,
        "expires_in": world.life(PLATFORM, LIFETIME),
        "scopes": SCOPES,
        "details": {},
        "account_token": None,
    }


def access(world: World, user: str, scopes: list[str]) -> str:
    """Mint an access token."""
    life = world.life(PLATFORM, LIFETIME)
    return world.token(prefix="AQ", platform=PLATFORM, kind="user", user=user, scopes=scopes, lifetime=life)


def refresh(world: World, user: str, scopes: list[str]) -> str:
    """Mint a refresh token, whose end no renewal moves."""
    return world.token(
        prefix="AQ", platform=PLATFORM, kind="refresh", user=user, scopes=scopes, lifetime=REFRESH_LIFETIME
    )


def person(world: World, wanted: dict[str, Any]) -> str:
    """Return a member, created when there is none yet."""
    user = wanted.get("user") or secrets.token_urlsafe(7)
    if not world.store.get("user", user):
        world.store.put("user", user, PLATFORM, {"id": user, "name": wanted.get("user_name", "Ana Silva")})
    return str(user)


def check(
    call: Call, *, scope: str = "", versioned: bool = True
) -> tuple[dict[str, Any], web.Response | None]:
    """Return the token behind a call, and the refusal: version first, then token, then scope."""
    if versioned and (refusal := _check_headers(call)):
        return {}, refusal
    value = bearer(call.request)
    if not value:
        return {}, refuse(401, "Empty oauth2_access_token", service=65604, code="EMPTY_ACCESS_TOKEN")
    token = call.world.read_token(value)
    if token is None or token["state"] != "valid" or token["kind"] == "refresh":
        return {}, dead_token(token["state"] if token else "unknown")
    if scope and scope not in token["scopes"]:
        return token, refuse(
            403,
            "Not enough permissions to access: posts.CREATE.NO_VERSION",
            service=100,
            code="ACCESS_DENIED",
        )
    return token, None


def _check_headers(call: Call) -> web.Response | None:
    version = call.request.headers.get("LinkedIn-Version", "")
    if not version:
        return refuse(
            400,
            "A version must be present. Please specify a version by adding the LinkedIn-Version header.",
            code="VERSION_MISSING",
        )
    if not version.isdigit() or int(version) not in ACTIVE_VERSIONS:
        return refuse(426, f"Requested version {version}01 is not active", code="NONEXISTENT_VERSION")
    if call.request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
        return refuse(
            400,
            "Invalid query parameters passed to request: use X-Restli-Protocol-Version 2.0.0",
            code="ILLEGAL_ARGUMENT",
        )
    return None


def may_act_for(call: Call, token: dict[str, Any], author: str) -> web.Response | None:
    """Return the refusal unless the member may post as this author."""
    account = call.world.store.get("account", author)
    member = author == f"urn:li:person:{token['user']}"
    if not member and not call.world.manages(token["user"], account):
        return refuse(
            403,
            "Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing fields [/author]",
            service=100,
            code="ACCESS_DENIED",
        )
    needed = "w_member_social" if member else "w_organization_social"
    if needed not in token["scopes"]:
        return refuse(400, "Organization permissions must be used when using organization as author")
    return None
