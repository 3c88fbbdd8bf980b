"""Publishing on a Page: text, link, photo; the listing; deleting."""

import json
import secrets
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from apps.simulator.numbers import number
from apps.simulator.partner import Call
from apps.simulator.pictures import fetchable
from apps.simulator.platforms.meta import films
from apps.simulator.platforms.meta.accounts import PLATFORM, check, check_page
from apps.simulator.platforms.meta.errors import USAGE, missing_object, refuse

LONGEST = 63206


async def feed(call: Call) -> web.StreamResponse:
    """Publish text or a link."""
    page = call.request.match_info["node"]
    if refusal := check_page(call, page, scope="pages_manage_posts"):
        return refusal
    text, link = call.form.get("message", ""), call.form.get("link", "")
    attached = [value for name, value in call.form.items() if name.startswith("attached_media[")]
    for value in attached:
        if not call.world.store.get("staged", _photo_id(value)):
            return refuse(
                100, "(#100) Param attached_media must be a photo that is not published", subcode=1366046
            )
    if not text and not link and not attached:
        return refuse(100, "(#100) Missing message or attachment")
    if len(text) > LONGEST:
        return refuse(100, "(#100) The message is too long", subcode=1349125)
    post = _publish(call, page, text, link, photos=len(attached))
    return web.json_response({"id": post["id"]}, headers=USAGE)


async def photos(call: Call) -> web.StreamResponse:
    """Publish a photo that we fetch by its URL."""
    page = call.request.match_info["node"]
    if refusal := check_page(call, page, scope="pages_manage_posts"):
        return refusal
    url = call.form.get("url", "")
    if not await fetchable(url, ("image/jpeg", "image/png")):
        return refuse(324, "(#324) Missing or invalid image file", subcode=2069019)
    if call.form.get("published") == "false":
        photo = number(15)
        call.world.store.put("staged", photo, PLATFORM, {"id": photo}, owner=page)
        return web.json_response({"id": photo}, headers=USAGE)
    post = _publish(call, page, call.form.get("caption", "") or call.form.get("message", ""), "")
    return web.json_response({"id": secrets.token_hex(7), "post_id": post["id"]}, headers=USAGE)


def _photo_id(attached: str) -> str:
    try:
        return str(json.loads(attached)["media_fbid"])
    except (ValueError, KeyError, TypeError):
        return ""


def _publish(call: Call, page: str, text: str, link: str, photos: int = 0) -> dict[str, Any]:
    world, at = call.world, call.world.now()
    post: dict[str, Any] = {
        "id": f"{page}_{number(15)}",
        "account": page,
        "message": text,
        "link": link,
        "photos": photos,
        "at": at,
    }
    world.store.put("post", post["id"], PLATFORM, post, owner=page)
    world.store.publish(
        platform=PLATFORM,
        account=page,
        operation="publish",
        remote_id=post["id"],
        text=text,
        link=link,
        at=at,
    )
    return post


async def published_posts(call: Call) -> web.StreamResponse:
    """List the page's posts, newest first; young ones may not show yet."""
    page = call.request.match_info["node"]
    if refusal := check_page(call, page, scope="pages_read_engagement"):
        return refusal
    shown = call.world.now() - call.world.lag(PLATFORM, page)
    posts = [post for post in call.world.store.all("post", PLATFORM, owner=page) if post["at"] <= shown]
    limit = int(call.request.query.get("limit", "25"))
    return web.json_response(
        {"data": [_row(post) for post in sorted(posts, key=lambda post: -post["at"])[:limit]]}, headers=USAGE
    )


def _row(post: dict[str, Any]) -> dict[str, Any]:
    created = datetime.fromtimestamp(post["at"], UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {
        "id": post["id"],
        "message": post["message"],
        "created_time": created,
        "permalink_url": f"https://www.facebook.com/{post['id']}",
    }


async def node(call: Call) -> web.StreamResponse:
    """Read one object: a page, an Instagram account, a post, a film, a container or an Instagram medium."""
    token, refusal = check(call)
    if refusal:
        return refusal
    name = call.request.match_info["node"]
    store = call.world.store
    if container := store.get("container", name):
        return _container(call, container)
    if account := store.get("account", name):
        mine = token["account"] in {name, account.get("page")} or token["kind"] == "user"
        return (
            web.json_response({"id": name, "name": account["name"]}, headers=USAGE)
            if mine
            else missing_object(name)
        )
    if post := store.get("post", name):
        return web.json_response(_row(post), headers=USAGE)
    if film := store.get("film", name):
        return web.json_response(films.shown(call.world, film), headers=USAGE)
    if medium := store.get("medium", name):
        return web.json_response(
            {"id": name, "permalink": f"https://www.instagram.com/p/{medium['id']}/"}, headers=USAGE
        )
    if "_" not in name and any(post["id"].endswith(f"_{name}") for post in store.all("post", PLATFORM)):
        return refuse(12, "(#12) singular published story API is deprecated for versions v2.4 and higher")
    return missing_object(name)


def _container(call: Call, container: dict[str, Any]) -> web.StreamResponse:
    from apps.simulator.platforms.meta.instagram import state_of  # noqa: PLC0415 - the two files know each other's objects

    return web.json_response({"id": container["id"], **state_of(call.world, container)}, headers=USAGE)


async def delete(call: Call) -> web.StreamResponse:
    """Delete a post; Instagram media cannot be deleted."""
    _, refusal = check(call)
    if refusal:
        return refusal
    name = call.request.match_info["node"]
    if call.world.store.get("medium", name):
        return refuse(3, "(#3) Application does not have the capability to make this API call.")
    kind = "film" if call.world.store.get("film", name) else "post"
    if not call.world.store.get(kind, name):
        return refuse(
            100,
            f"Unsupported delete request. Object with ID '{name}' does not exist",
            subcode=33,
            kind="GraphMethodException",
        )
    call.world.store.remove(kind, name)
    call.world.store.unpublish(name, call.world.now())
    return web.json_response({"success": True}, headers=USAGE)
