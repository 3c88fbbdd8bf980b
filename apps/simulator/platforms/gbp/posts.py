"""Local posts, still version 4: the state decides, not the status."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from apps.simulator.numbers import number
from apps.simulator.partner import Call
from apps.simulator.pictures import fetchable
from apps.simulator.platforms.gbp.accounts import PLATFORM, check
from apps.simulator.platforms.gbp.errors import invalid_field, refuse

LONGEST = 1500
TOPICS = frozenset({"STANDARD", "EVENT", "OFFER"})


def _mine(call: Call) -> tuple[dict[str, Any], web.Response | None]:
    user, refusal = check(call)
    if refusal:
        return {}, refusal
    found = call.world.store.get("account", call.request.match_info["location"])
    mine = found and call.world.manages(user["id"], found)
    if not found or not mine or found["account"] != call.request.match_info["account"]:
        return {}, refuse(404, "Requested entity was not found.")
    return found, None


async def create(call: Call) -> web.StreamResponse:
    """Publish, or say that it is looked at."""
    location, refusal = _mine(call)
    if refusal:
        return refusal
    wanted = call.json if isinstance(call.json, dict) else {}
    if not location["posts"]:
        return refuse(403, "Creating/Updating a local post is not authorized for this location.")
    if wanted.get("topicType") not in TOPICS:
        return invalid_field("topic_type", "Topic type is required.", 2)
    if wanted["topicType"] != "STANDARD" and not _has_schedule(wanted):
        return invalid_field("event", "Event is required.", 2)
    if len(str(wanted.get("summary", ""))) > LONGEST:
        return invalid_field("summary", "Summary must be at most 1500 characters.", 3)
    for medium in wanted.get("media") or []:
        if not await fetchable(str(medium.get("sourceUrl", "")), ("image/jpeg", "image/png")):
            return invalid_field("media[0].source_url", "Failed to fetch the photo.", 1000)
    return _go_public(call, location, wanted)


def _has_schedule(wanted: dict[str, Any]) -> bool:
    """Events and offers alike have a title and both dates."""
    event = wanted.get("event") or {}
    schedule = event.get("schedule") or {}
    return bool(event.get("title") and schedule.get("startDate") and schedule.get("endDate"))


def _go_public(call: Call, location: dict[str, Any], wanted: dict[str, Any]) -> web.StreamResponse:
    at = call.world.now()
    name = f"accounts/{location['account']}/locations/{location['id']}/localPosts/{number(19)}"
    post = {"name": name, "at": at, "body": wanted}
    call.world.store.put("post", name, PLATFORM, post, owner=location["id"])
    link = (wanted.get("callToAction") or {}).get("url", "")
    call.world.store.publish(
        platform=PLATFORM,
        account=location["id"],
        operation="publish",
        remote_id=name,
        text=str(wanted.get("summary", "")),
        link=link,
        at=at,
    )
    return web.json_response(_shown(call, post))


def _shown(call: Call, post: dict[str, Any]) -> dict[str, Any]:
    created = datetime.fromtimestamp(post["at"], UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    live = call.world.now() - post["at"] >= call.world.processing.get(PLATFORM, 0.0)
    state = "LIVE" if live else "PROCESSING"
    return {
        **post["body"],
        "name": post["name"],
        "state": state,
        "createTime": created,
        "updateTime": created,
        "searchUrl": "https://local.google.com/place?id=1",
    }


async def find(call: Call) -> web.StreamResponse:
    """List the posts, in no order that could be relied on."""
    location, refusal = _mine(call)
    if refusal:
        return refusal
    shown = call.world.now() - call.world.lag(PLATFORM, location["id"])
    rows = [
        _shown(call, post)
        for post in call.world.store.all("post", PLATFORM, owner=location["id"])
        if post["at"] <= shown
    ]
    return web.json_response({"localPosts": rows[-100:]})


async def read(call: Call) -> web.StreamResponse:
    """Read one post."""
    _, refusal = _mine(call)
    post = call.world.store.get("post", _name(call))
    return refusal or (
        web.json_response(_shown(call, post)) if post else refuse(404, "Requested entity was not found.")
    )


async def delete(call: Call) -> web.StreamResponse:
    """Delete a post."""
    _, refusal = _mine(call)
    if refusal:
        return refusal
    if not call.world.store.get("post", _name(call)):
        return refuse(404, "Requested entity was not found.")
    call.world.store.remove("post", _name(call))
    call.world.store.unpublish(_name(call), call.world.now())
    return web.json_response({})


def _name(call: Call) -> str:
    part = call.request.match_info
    return f"accounts/{part['account']}/locations/{part['location']}/localPosts/{part['post']}"
