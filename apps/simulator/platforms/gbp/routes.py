"""Google's hosts, its paths, and the traps that bite."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from apps.simulator.partner import Call, Handler, Naming, World, handle, token_operation
from apps.simulator.platforms.gbp import accounts, errors, login, posts, webhooks

PLATFORM = "gbp"
CREDENTIALS = {
    "GBP_CLIENT_ID": "simulator.apps.googleusercontent.com",
    "GBP_CLIENT_SECRET": "google-secret-of-the-simulator",
    **webhooks.PUBSUB,
}
HOSTS = (
    "GOOGLE_ACCOUNTS_URL",
    "GOOGLE_OAUTH_URL",
    "GBP_ACCOUNTS_URL",
    "GBP_INFORMATION_URL",
    "GBP_V4_URL",
    "GOOGLE_CERTS_URL",
    "GBP_RISC_CONFIG_URL",
)
_PLACES = {
    "GOOGLE_CERTS_URL": "/oauth2/v3/certs",
    "GBP_RISC_CONFIG_URL": "/.well-known/risc-configuration",
}  # the whole address is a setting
create_account = accounts.create
create_person = accounts.person
write_webhooks = webhooks.write

TRAPS = {
    "path_without_account": "A location's name alone is no path: the front end answers with a page.",
    "read_mask_missing": "Locations are listed with a read mask only.",
    "topic_missing": "A post needs its topic.",
    "summary_too_long": "A post takes 1,500 characters.",
    "photo_not_reachable": "A photo that cannot be fetched is refused.",
    "unverified_location": "A location that may not post says so with 403.",
    "refresh_brings_no_refresh_token": "A renewal's answer leaves the refresh token out.",
}


def _named(operation: str) -> Naming:
    def naming(request: web.Request, _form: Mapping[str, str], _data: Any) -> tuple[str, str]:
        return request.match_info.get("location", ""), operation

    return naming


async def _lost(_call: Call) -> web.StreamResponse:
    return errors.front_end_404()


def _token(_request: web.Request, form: Mapping[str, str], _data: Any) -> tuple[str, str]:
    return "", token_operation(form)


def routes(world: World, host: str) -> list[web.RouteDef]:
    """Return the paths of one of Google's hosts."""

    def at(method: str, path: str, operation: str, handler: Handler) -> web.RouteDef:
        return web.route(method, path, handle(world, PLATFORM, _named(operation), handler))

    if host == "GOOGLE_CERTS_URL":
        return [web.get(_PLACES[host], webhooks.certs(world))]
    if host == "GBP_RISC_CONFIG_URL":
        return [web.get(_PLACES[host], webhooks.configuration(world))]
    place = "/v4/accounts/{account}/locations/{location}/localPosts"
    table = {
        "GOOGLE_ACCOUNTS_URL": [at("*", "/o/oauth2/v2/auth", "consent", login.authorize)],
        "GOOGLE_OAUTH_URL": [
            web.post("/token", handle(world, PLATFORM, _token, login.token)),
            at("POST", "/revoke", "revoke", login.revoke),
        ],
        "GBP_ACCOUNTS_URL": [at("GET", "/v1/accounts", "health", login.accounts)],
        "GBP_INFORMATION_URL": [at("GET", "/v1/accounts/{account}/locations", "accounts", login.locations)],
        "GBP_V4_URL": [
            at("POST", place, "publish", posts.create),
            at("GET", place, "list", posts.find),
            at("GET", f"{place}/{{post}}", "poll", posts.read),
            at("DELETE", f"{place}/{{post}}", "delete", posts.delete),
        ],
    }
    return [*table[host], at("*", "/{anything:.*}", "lost", _lost)]


def address(host: str, url: str) -> str:
    """Return the base URL as the settings know it."""
    return f"{url}{_PLACES.get(host, '')}"


def removed_event(_user: str) -> dict[str, Any] | None:
    """Google tells of it only who signed in with `openid`: control sends that by order."""
    return None
