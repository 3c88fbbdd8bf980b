"""LinkedIn's hosts, its paths, and the traps that bite."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from apps.simulator.partner import Handler, Naming, World, handle, token_operation
from apps.simulator.platforms.linkedin import accounts, login, posts, uploads, webhooks

PLATFORM = "linkedin"
CREDENTIALS = {
    "LINKEDIN_CLIENT_ID": "77linkedin",
    "LINKEDIN_CLIENT_SECRET": "linkedin-secret-of-the-simulator",
}
HOSTS = ("LINKEDIN_WWW_URL", "LINKEDIN_API_URL")
create_account = accounts.create
create_person = accounts.person
write_webhooks = webhooks.write

TRAPS = {
    "version_missing": "Every REST call names its version.",
    "version_sunset": "A version lives for a year.",
    "protocol_missing": "Every REST call names the protocol 2.0.0.",
    "text_cut": "An unescaped reserved character cuts the text without a word.",
    "duplicate": "The same text twice within ten minutes is refused.",
    "member_listing": "A member's posts cannot be read back.",
    "image_not_uploaded": "An image is used after its upload.",
    "film_unfinished": "A film is used after its processing.",
    "film_parts": "A film is finished with the receipts of all its parts.",
    "member_film": "A member's token may not ask how far a film is.",
    "foreign_author": "Nobody posts for an organisation that is not theirs.",
}


def _named(operation: str) -> Naming:
    def naming(request: web.Request, _form: Mapping[str, str], data: Any) -> tuple[str, str]:
        author = request.query.get("author", "") or (data.get("author", "") if isinstance(data, dict) else "")
        return str(author), operation

    return naming


def _token(_request: web.Request, form: Mapping[str, str], _data: Any) -> tuple[str, str]:
    return "", token_operation(form)


def routes(world: World, host: str) -> list[web.RouteDef]:
    """Return the paths of one of LinkedIn's hosts."""

    def at(method: str, path: str, operation: str, handler: Handler) -> web.RouteDef:
        return web.route(method, path, handle(world, PLATFORM, _named(operation), handler))

    if host == "LINKEDIN_WWW_URL":
        return [
            at("*", "/oauth/v2/authorization", "consent", login.authorization),
            web.post("/oauth/v2/accessToken", handle(world, PLATFORM, _token, login.access_token)),
            at("POST", "/oauth/v2/introspectToken", "inspect", login.introspect),
            at("POST", "/oauth/v2/revoke", "revoke", login.revoke),
        ]
    return [
        at("GET", "/v2/userinfo", "health", login.userinfo),
        at("GET", "/rest/organizationAcls", "accounts", login.organization_acls),
        at("POST", "/rest/posts", "publish", posts.create),
        at("GET", "/rest/posts", "list", posts.find),
        at("GET", "/rest/posts/{urn}", "read", posts.read),
        at("DELETE", "/rest/posts/{urn}", "delete", posts.delete),
        at("POST", "/rest/images", "upload", uploads.images),
        at("POST", "/rest/videos", "upload", uploads.videos),
        at("GET", "/rest/videos/{urn}", "poll", uploads.video),
        at("PUT", r"/dms-uploads/{key}/{part:\d+}", "upload", uploads.upload),
    ]


def address(_host: str, url: str) -> str:
    """Return the base URL as the settings know it."""
    return url


def removed_event(_user: str) -> dict[str, Any] | None:
    """Nothing tells of it here."""
    return None
