"""TikTok's hosts, its paths, and the traps that bite."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from apps.simulator.partner import Handler, Naming, World, bearer, handle, token_operation
from apps.simulator.platforms.tiktok import accounts, login, videos, webhooks

PLATFORM = "tiktok"
CREDENTIALS = {"TIKTOK_CLIENT_ID": "awsimulator", "TIKTOK_CLIENT_SECRET": "tiktok-secret-of-the-simulator"}
HOSTS = ("TIKTOK_WWW_URL", "TIKTOK_API_URL")
create_account = accounts.create
create_person = accounts.person
write_webhooks = webhooks.write

TRAPS = {
    "slash_missing": "A path without its slash is not there.",
    "chunk_count": "The number of chunks is the size divided by the chunk, rounded down.",
    "chunk_size": "A small file goes whole, a chunk has 5 to 64 MB.",
    "creator_not_asked": "The creator's options are asked for before every post.",
    "privacy_stale": "A privacy level that the creator does not have is refused.",
    "range_wrong": "Chunks come in order and say which bytes they are.",
    "png_photo": "A photo that is no JPEG or WebP fails the whole post, and its status says so.",
    "fields_missing": "The listing answers only with fields that are asked for.",
    "refresh_rotates": "A refresh token works once.",
    "challenge_in_hex": "The code challenge is the verifier's SHA-256 in hex.",
    "oauth_error_200": "A wrong secret is answered with status 200.",
}


def _named(world: World, operation: str) -> Naming:
    def naming(request: web.Request, _form: Mapping[str, str], _data: Any) -> tuple[str, str]:
        place = world.store.get("upload", request.query.get("upload_id", ""))
        if place:
            return str((world.store.get("task", place["task"]) or {}).get("creator", "")), operation
        return str((world.store.get("token", bearer(request)) or {}).get("user", "")), operation

    return naming


def _token(_request: web.Request, form: Mapping[str, str], _data: Any) -> tuple[str, str]:
    return "", token_operation(form)


def routes(world: World, host: str) -> list[web.RouteDef]:
    """Return the paths of one of TikTok's hosts."""

    def at(method: str, path: str, operation: str, handler: Handler) -> web.RouteDef:
        return web.route(method, path, handle(world, PLATFORM, _named(world, operation), handler))

    if host == "TIKTOK_WWW_URL":
        return [at("*", "/v2/auth/authorize/", "consent", login.authorize)]
    return [
        web.post("/v2/oauth/token/", handle(world, PLATFORM, _token, login.token)),
        at("POST", "/v2/oauth/revoke/", "revoke", login.revoke),
        at("GET", "/v2/user/info/", "health", login.user_info),
        at("POST", "/v2/post/publish/creator_info/query/", "creator_info", videos.creator_info),
        at("POST", "/v2/post/publish/video/init/", "init", videos.init),
        at("POST", "/v2/post/publish/content/init/", "init", videos.photos),
        at("POST", "/v2/video/list/", "list", videos.listing),
        at("PUT", "/video/", "upload", videos.upload),
        at("POST", "/v2/post/publish/status/fetch/", "poll", videos.status),
        at("*", "/{anything:.*}", "lost", videos.lost),
    ]


def address(_host: str, url: str) -> str:
    """Return the base URL as the settings know it."""
    return url


def removed_event(user: str) -> dict[str, Any] | None:
    """Return what is sent by itself when a person takes our access back."""
    return {"event": "authorization.removed", "account": user, "content": {"reason": 1}}
