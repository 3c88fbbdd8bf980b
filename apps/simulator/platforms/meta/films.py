"""Films on a page: videos that are public at once and processed later, and reels in three phases."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from apps.simulator.numbers import number
from apps.simulator.partner import Call, World
from apps.simulator.pictures import fetchable
from apps.simulator.platforms.meta.accounts import PLATFORM, check, check_page
from apps.simulator.platforms.meta.errors import USAGE, missing_object, refuse

KINDS = ("video/mp4",)
REELS_A_DAY = 30


async def videos(call: Call) -> web.StreamResponse:
    """Publish a film that we fetch by its URL; its id is no post id."""
    page = call.request.match_info["node"]
    if refusal := check_page(call, page, scope="pages_manage_posts"):
        return refusal
    if not await fetchable(call.form.get("file_url", ""), KINDS):
        return refuse(389, "(#389) Unable to fetch video file from URL.", subcode=1363024)
    film = _new(call, page, "video", call.form.get("description", ""))
    _go_public(call, film)
    return web.json_response({"id": film["id"]}, headers=USAGE)


def _new(call: Call, page: str, kind: str, text: str) -> dict[str, Any]:
    film: dict[str, Any] = {
        "id": number(16),
        "page": page,
        "kind": kind,
        "text": text,
        "fetched": False,
        "at": None,
    }
    call.world.store.put("film", film["id"], PLATFORM, film, owner=page)
    return film


def _go_public(call: Call, film: dict[str, Any]) -> None:
    at = call.world.now()
    call.world.store.put("film", film["id"], PLATFORM, {**film, "at": at}, owner=film["page"])
    call.world.store.publish(
        platform=PLATFORM,
        account=film["page"],
        operation="publish",
        remote_id=film["id"],
        text=film["text"],
        link="",
        at=at,
    )


async def reels(call: Call) -> web.StreamResponse:
    """Begin a reel, or make it public."""
    page = call.request.match_info["node"]
    if refusal := check_page(call, page, scope="pages_manage_posts"):
        return refusal
    if call.form.get("upload_phase") == "start":
        film = _new(call, page, "reel", "")
        url = f"{call.world.urls['META_RUPLOAD_URL']}/video-upload/v23.0/{film['id']}"
        return web.json_response({"video_id": film["id"], "upload_url": url}, headers=USAGE)
    film = call.world.store.get("film", call.form.get("video_id", "")) or {}
    if film.get("page") != page:
        return missing_object(call.form.get("video_id", ""))
    if not film["fetched"]:
        return refuse(6000, "There was a problem uploading your video file.", subcode=1363130)
    if _today(call.world, page) >= REELS_A_DAY:
        return refuse(4, "(#4) Application request limit reached")
    if film["at"] is None:
        _go_public(call, {**film, "text": call.form.get("description", "")})
    return web.json_response({"success": True}, headers=USAGE)


def _today(world: World, page: str) -> int:
    since = world.now() - 86400
    films = world.store.all("film", PLATFORM, owner=page)
    return sum(1 for film in films if film["kind"] == "reel" and (film["at"] or 0) > since)


async def upload(call: Call) -> web.StreamResponse:
    """Fetch a reel's film from the URL in a header."""
    _, refusal = check(call)
    if refusal:
        return refusal
    film = call.world.store.get("film", call.request.match_info["film"])
    if film is None or not await fetchable(call.request.headers.get("file_url", ""), KINDS):
        debug = {"retriable": False, "type": "ProcessingFailedError", "message": "Unable to fetch the file"}
        return web.json_response({"debug_info": debug}, status=400)
    call.world.store.put("film", film["id"], PLATFORM, {**film, "fetched": True}, owner=film["page"])
    return web.json_response({"success": True})


def shown(world: World, film: dict[str, Any]) -> dict[str, Any]:
    """Return what reading a film says."""
    public = film["at"] is not None
    ready = public and world.now() - film["at"] >= world.processing.get(PLATFORM, 0.0)
    status = {
        "video_status": "ready" if ready else "processing",
        "publishing_phase": {"status": "complete" if public else "not_started"},
    }
    return {"id": film["id"], "status": status, "permalink_url": f"/{film['page']}/videos/{film['id']}/"}


async def listing(call: Call) -> web.StreamResponse:
    """List the page's films, newest first; young ones may not show yet."""
    page = call.request.match_info["node"]
    if refusal := check_page(call, page, scope="pages_read_engagement"):
        return refusal
    until = call.world.now() - call.world.lag(PLATFORM, page)
    films = [
        one for one in call.world.store.all("film", PLATFORM, owner=page) if one["at"] and one["at"] <= until
    ]
    rows = [
        {
            **shown(call.world, film),
            "description": film["text"],
            "created_time": datetime.fromtimestamp(film["at"], UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        }
        for film in sorted(films, key=lambda one: -one["at"])[:100]
    ]
    return web.json_response({"data": rows}, headers=USAGE)
