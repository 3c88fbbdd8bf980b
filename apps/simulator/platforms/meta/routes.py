"""Meta's hosts, its paths, and the traps that bite."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from apps.simulator.partner import Handler, Naming, World, handle, token_operation
from apps.simulator.platforms.meta import accounts, films, instagram, instagram_login, login, pages, webhooks

PLATFORM = "meta"
CREDENTIALS = {
    "META_CLIENT_ID": "1234567890",
    "META_CLIENT_SECRET": "meta-secret-of-the-simulator",
    "INSTAGRAM_CLIENT_ID": "9876543210",
    "INSTAGRAM_CLIENT_SECRET": "instagram-secret-of-the-simulator",
    "META_VERIFY_TOKEN": "the-word-of-the-simulator",
}
HOSTS = (
    "META_WWW_URL",
    "META_GRAPH_URL",
    "META_GRAPH_VIDEO_URL",
    "META_RUPLOAD_URL",
    "INSTAGRAM_WWW_URL",
    "INSTAGRAM_API_URL",
    "INSTAGRAM_GRAPH_URL",
)
create_account = accounts.create
create_person = accounts.person
write_webhooks = webhooks.write

TRAPS = {
    "user_token_on_page": "A user's token cannot post to a page.",
    "publish_before_finished": "A container that is still processed cannot be published.",
    "container_expired": "A container is gone after 24 hours.",
    "container_published_twice": "A container is published once.",
    "code_used_twice": "An authorisation code works once.",
    "png_on_instagram": "Instagram takes JPEG only.",
    "caption_too_long": "Instagram takes 2,200 characters.",
    "id_without_page": "A post is known by page and post id together.",
    "image_not_reachable": "A picture that cannot be fetched is refused.",
    "other_login": "A token of Instagram's own login works on Instagram's own host, and only there.",
    "extended_too_young": "A token of Instagram's own login is extended when it is a day old.",
    "reel_not_uploaded": "A reel is finished after its upload.",
    "reels_a_day": "A page takes 30 reels a day.",
    "carousel_of_one": "A carousel has 2 to 10 items.",
    "children_unfinished": "A carousel is made of finished items.",
}


def _named(operation: str) -> Naming:
    def naming(request: web.Request, _form: Mapping[str, str], _json: Any) -> tuple[str, str]:
        return request.match_info.get("node", ""), operation

    return naming


def _phase(request: web.Request, form: Mapping[str, str], _json: Any) -> tuple[str, str]:
    """The last phase of a reel makes it public."""
    last = form.get("upload_phase") == "finish"
    return request.match_info["node"], "publish" if last else "reel_start"


def _token(request: web.Request, form: Mapping[str, str], _json: Any) -> tuple[str, str]:
    return "", token_operation({**request.query, **form})


def routes(world: World, host: str) -> list[web.RouteDef]:
    """Return the paths of one of Meta's hosts."""

    def at(method: str, path: str, operation: str, handler: Handler) -> web.RouteDef:
        return web.route(method, path, handle(world, PLATFORM, _named(operation), handler))

    if host == "META_WWW_URL":
        return [at("*", r"/{version:v\d+\.\d+}/dialog/oauth", "consent", login.dialog)]
    v = r"/{version:v\d+\.\d+}"
    if host == "META_GRAPH_VIDEO_URL":
        return [at("POST", f"{v}/{{node}}/videos", "publish", films.videos)]
    if host == "META_RUPLOAD_URL":
        return [at("POST", f"/video-upload{v}/{{film}}", "upload", films.upload)]
    if host == "INSTAGRAM_WWW_URL":
        return [at("*", "/oauth/authorize", "consent", instagram_login.authorize)]
    if host == "INSTAGRAM_API_URL":
        return [at("POST", "/oauth/access_token", "exchange", instagram_login.access_token)]
    published = [
        at("POST", f"{v}/{{node}}/media", "container", instagram.create_container),
        at("POST", f"{v}/{{node}}/media_publish", "publish", instagram.publish),
        at("GET", f"{v}/{{node}}/media", "list", instagram.media),
        at("GET", f"{v}/{{node}}/content_publishing_limit", "limit", instagram.limit),
        at("GET", f"{v}/{{node}}", "read", pages.node),
        at("DELETE", f"{v}/{{node}}", "delete", pages.delete),
    ]
    if host == "INSTAGRAM_GRAPH_URL":
        return [
            at("GET", "/access_token", "extend", instagram_login.exchange),
            at("GET", "/refresh_access_token", "refresh", instagram_login.refresh),
            at("GET", f"{v}/me", "health", instagram_login.me),
            *published,
        ]
    return [
        web.route("*", f"{v}/oauth/access_token", handle(world, PLATFORM, _token, login.access_token)),
        at("GET", f"{v}/debug_token", "inspect", login.debug_token),
        at("GET", "/debug_token", "inspect", login.debug_token),
        at("GET", f"{v}/me", "health", login.me),
        at("GET", f"{v}/me/accounts", "accounts", login.my_accounts),
        at("GET", f"{v}/me/permissions", "permissions", login.my_permissions),
        at("DELETE", f"{v}/me/permissions", "revoke", login.forget_me),
        at("POST", f"{v}/{{node}}/feed", "publish", pages.feed),
        at("POST", f"{v}/{{node}}/photos", "publish", pages.photos),
        at("GET", f"{v}/{{node}}/published_posts", "list", pages.published_posts),
        web.post(f"{v}/{{node}}/video_reels", handle(world, PLATFORM, _phase, films.reels)),
        at("GET", f"{v}/{{node}}/videos", "list", films.listing),
        *published,
    ]


def address(_host: str, url: str) -> str:
    """Return the base URL as the settings know it."""
    return url


def removed_event(user: str) -> dict[str, Any] | None:
    """Return what is sent by itself when a person takes our access back."""
    return {"event": "deauthorize", "user": user}
