"""Users, pages and Instagram accounts; whose token may do what."""

from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from apps.simulator.numbers import number
from apps.simulator.partner import Call, World, bearer, host_of
from apps.simulator.platforms.meta.errors import dead_token, refuse

PLATFORM = "meta"
SCOPES = [
    "pages_show_list",
    "pages_manage_posts",
    "pages_read_engagement",
    "instagram_basic",
    "instagram_content_publish",
]
INSTAGRAM_SCOPES = ["instagram_business_basic", "instagram_business_content_publish"]
USER_LIFETIME = 60 * 86400


def create(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """Create a page (and, for kind `instagram`, an Instagram account linked to it), already granted to our app."""
    if wanted["kind"] == "instagram_alone":
        return _alone(world, wanted)
    user = person(world, wanted)
    linked = wanted["kind"] == "instagram"
    page = wanted.get("page") or (wanted.get("id") if not linked else "") or f"2{number(14)}"
    name = wanted.get("name", "A page")
    world.store.put(
        "account", page, PLATFORM, {"id": page, "kind": "page", "name": name, "user": user}, owner=user
    )
    account = page
    if linked:
        account = wanted.get("id") or f"17841{number(12)}"
        facts = {"id": account, "kind": "instagram", "name": name, "user": user, "page": page}
        world.store.put("account", account, PLATFORM, facts, owner=user)
    user_token = world.token(
        prefix="EAAB", platform=PLATFORM, kind="user", user=user, scopes=SCOPES, lifetime=USER_LIFETIME
    )
    return {
        "user_id": user,
        "account_id": account,
        "page_id": page,
        "access_token": user_token,
        "account_token": page_token(world, user, page, SCOPES, fresh=bool(wanted.get("fresh"))),
        "details": {"page": page},
        "expires_in": USER_LIFETIME,
        "scopes": SCOPES,
    }


def _alone(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """An Instagram account without a page: it is its own person, and granted by Instagram's own login."""
    account = wanted.get("id") or f"17841{number(12)}"
    name = wanted.get("name", "An account")
    person(world, {"user": account, "user_name": name})
    facts = {"id": account, "kind": "instagram", "name": name, "user": account, "page": ""}
    world.store.put("account", account, PLATFORM, facts, owner=account)
    return {
        "user_id": account,
        "account_id": account,
        "access_token": instagram_token(world, account, INSTAGRAM_SCOPES, USER_LIFETIME),
        "account_token": "",
        "details": {"login": "instagram"},
        "expires_in": USER_LIFETIME,
        "scopes": ["instagram_basic", "instagram_content_publish"],  # as the house keeps them
    }


def instagram_token(world: World, account: str, scopes: list[str], lifetime: float) -> str:
    """Mint a token of Instagram's own login."""
    return world.token(
        prefix="IGAA",
        platform=PLATFORM,
        kind="instagram",
        user=account,
        account=account,
        scopes=scopes,
        lifetime=lifetime,
    )


def person(world: World, wanted: dict[str, Any]) -> str:
    """Return a user, created when there is none yet."""
    user = wanted.get("user") or f"1{number(14)}"
    if not world.store.get("user", user):
        world.store.put("user", user, PLATFORM, {"id": user, "name": wanted.get("user_name", "Ana Silva")})
    return str(user)


def page_token(world: World, user: str, page: str, scopes: list[str], *, fresh: bool = False) -> str:
    """Return the page's token: it has no end of its own, but dies with the user's grant. Control may want another one."""
    for token in () if fresh else world.store.all("token", PLATFORM, owner=user):
        same = (token["kind"], token["account"], token["scopes"]) == ("page", page, scopes)
        if same and token["state"] == "valid":
            return str(token["value"])
    return world.token(
        prefix="EAAP", platform=PLATFORM, kind="page", user=user, account=page, scopes=scopes, lifetime=None
    )


def presented(call: Call) -> str:
    """Return the token of a call: Graph takes it in the query, the form or a header."""
    return call.request.query.get("access_token") or call.form.get("access_token") or bearer(call.request)


def _on_instagram(call: Call) -> bool:
    return host_of(call.request) == urlsplit(call.world.urls["INSTAGRAM_GRAPH_URL"]).netloc


def check(call: Call, *, scope: str = "") -> tuple[dict[str, Any], web.Response | None]:
    """Return the token behind a call, and the refusal if it may not do this."""
    value = presented(call)
    if not value:
        return {}, refuse(104, "An access token is required to request this resource.")
    token = call.world.read_token(value)
    if token and (token["kind"] == "instagram") != _on_instagram(call):
        return {}, refuse(190, "Invalid OAuth access token - Cannot parse access token")
    if token is None or token["state"] != "valid":
        return {}, dead_token(token["state"] if token else "unknown")
    if scope and scope not in token["scopes"]:
        return token, refuse(
            10, f"(#10) Application does not have permission for this action: {scope}", status=403
        )
    return token, None


def check_page(call: Call, page: str, *, scope: str) -> web.Response | None:
    """Return the refusal unless the call comes with this page's own token."""
    token, refusal = check(call, scope=scope)
    if refusal:
        return refusal
    if token["kind"] == "user":
        return refuse(
            200, "(#200) Unpublished posts must be posted to a page as the page itself.", status=403
        )
    if token["account"] != page:
        return refuse(
            200, "(#200) The user hasn't authorized the application to perform this action", status=403
        )
    return None
