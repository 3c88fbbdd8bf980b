"""Publishing on Instagram: container, processing, publish, once."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from apps.simulator.numbers import number
from apps.simulator.partner import Call, World
from apps.simulator.pictures import fetchable
from apps.simulator.platforms.meta.accounts import PLATFORM, check
from apps.simulator.platforms.meta.errors import USAGE, missing_object, refuse

CONTAINER_LIFETIME = 24 * 3600
LONGEST_CAPTION = 2200
A_DAY = 50
MIN_ITEMS, MAX_ITEMS = 2, 10


def _check(call: Call) -> tuple[str, web.Response | None]:
    """Return the account and the refusal unless the token is its own, or of the page that it is linked to."""
    account = call.request.match_info["node"]
    token, refusal = check(call)
    if refusal:
        return account, refusal
    word = (
        "instagram_business_content_publish" if token["kind"] == "instagram" else "instagram_content_publish"
    )
    token, refusal = check(call, scope=word)
    if refusal:
        return account, refusal
    facts = call.world.store.get("account", account)
    if not facts or facts["kind"] != "instagram" or token["account"] not in {"", account, facts["page"]}:
        return account, missing_object(account)
    return account, None


async def create_container(call: Call) -> web.StreamResponse:
    """Fetch the picture or film and begin to process it, or put a carousel together."""
    account, refusal = _check(call)
    if refusal:
        return refusal
    if len(call.form.get("caption", "")) > LONGEST_CAPTION:
        return refuse(36004, "The caption was too long", subcode=2207010)
    if refusal := await _check_media(call):
        return refusal
    container: dict[str, Any] = {
        "id": f"179{number(14)}",
        "account": account,
        "caption": call.form.get("caption", ""),
        "story": call.form.get("media_type") == "STORIES",
        "item": call.form.get("is_carousel_item") == "true",
        "at": call.world.now(),
        "published": "",
    }
    call.world.store.put("container", container["id"], PLATFORM, container, owner=account)
    return web.json_response({"id": container["id"]}, headers=USAGE)


async def _check_media(call: Call) -> web.Response | None:
    if call.form.get("media_type") == "CAROUSEL":
        return _check_items(call)
    film = call.form.get("video_url", "")
    kinds = ("video/mp4",) if film else ("image/jpeg",)
    if film and call.form.get("media_type") not in {"REELS", "STORIES", "VIDEO"}:
        return refuse(100, "The media_type VIDEO is no longer supported. Use REELS.", subcode=2207067)
    if not await fetchable(film or call.form.get("image_url", ""), kinds):
        return refuse(9004, "Only photo or video can be accepted as media type.", subcode=2207052)
    return None


def _check_items(call: Call) -> web.Response | None:
    ids = call.form.get("children", "").split(",")
    if not MIN_ITEMS <= len(ids) <= MAX_ITEMS:
        return refuse(100, "The number of children must be between 2 and 10", subcode=2207028)
    for one in ids:
        item = call.world.store.get("container", one)
        if item is None or not item["item"]:
            return missing_object(one)
        if state_of(call.world, item)["status_code"] != "FINISHED":
            return refuse(9007, "Media ID is not available", subcode=2207027)
    return None


def state_of(world: World, container: dict[str, Any]) -> dict[str, str]:
    """Return what a poll says; an expired container has no way back."""
    age = world.now() - container["at"]
    if container["published"]:
        return {"status_code": "PUBLISHED", "status": "Published: Media has been successfully published."}
    if age > CONTAINER_LIFETIME:
        return {
            "status_code": "EXPIRED",
            "status": "Expired: The container was not published within 24 hours.",
        }
    if age < world.processing.get(PLATFORM, 0.0):
        return {"status_code": "IN_PROGRESS", "status": "In Progress: Media is still being processed."}
    return {
        "status_code": "FINISHED",
        "status": "Finished: Media has been uploaded and it is ready to be published.",
    }


async def publish(call: Call) -> web.StreamResponse:
    """Make a finished container public, exactly once."""
    account, refusal = _check(call)
    if refusal:
        return refusal
    container = call.world.store.get("container", call.form.get("creation_id", ""))
    if not container or container["account"] != account:
        return missing_object(call.form.get("creation_id", ""))
    state = state_of(call.world, container)["status_code"]
    if state == "EXPIRED":
        return refuse(-2, "Media expired", subcode=2207020)
    if state == "IN_PROGRESS":
        return refuse(9007, "Media ID is not available", subcode=2207027)
    if state == "PUBLISHED":
        return refuse(9007, "The media has already been published", subcode=2207027)
    if _today(call.world, account) >= A_DAY:
        return refuse(9, "Application request limit reached", subcode=2207042)
    return _go_public(call, account, container)


def _go_public(call: Call, account: str, container: dict[str, Any]) -> web.StreamResponse:
    world, at = call.world, call.world.now()
    medium = {
        "id": f"180{number(14)}",
        "account": account,
        "caption": container["caption"],
        "story": container["story"],
        "at": at,
    }
    world.store.put("medium", medium["id"], PLATFORM, medium, owner=account)
    world.store.put(
        "container", container["id"], PLATFORM, {**container, "published": medium["id"]}, owner=account
    )
    world.store.publish(
        platform=PLATFORM,
        account=account,
        operation="publish",
        remote_id=medium["id"],
        text=container["caption"],
        link="",
        at=at,
    )
    return web.json_response({"id": medium["id"]}, headers=USAGE)


def _today(world: World, account: str) -> int:
    since = world.now() - 86400
    return sum(1 for medium in world.store.all("medium", PLATFORM, owner=account) if medium["at"] > since)


async def media(call: Call) -> web.StreamResponse:
    """List the account's media, newest first."""
    account, refusal = _check(call)
    if refusal:
        return refusal
    shown = call.world.now() - call.world.lag(PLATFORM, account)
    found = [
        medium
        for medium in call.world.store.all("medium", PLATFORM, owner=account)
        if medium["at"] <= shown and not medium["story"]
    ]
    rows = [
        {
            "id": medium["id"],
            "caption": medium["caption"],
            "timestamp": datetime.fromtimestamp(medium["at"], UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "permalink": f"https://www.instagram.com/p/{medium['id']}/",
        }
        for medium in sorted(found, key=lambda medium: -medium["at"])[:25]
    ]
    return web.json_response({"data": rows}, headers=USAGE)


async def limit(call: Call) -> web.StreamResponse:
    """Say how much of the day's cap is used."""
    account, refusal = _check(call)
    if refusal:
        return refusal
    config = {"quota_total": A_DAY, "quota_duration": 86400}
    return web.json_response(
        {"data": [{"quota_usage": _today(call.world, account), "config": config}]}, headers=USAGE
    )
