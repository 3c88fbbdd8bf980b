"""Images and films, which a post may name once they are there."""

import secrets
from typing import Any

from aiohttp import web

from apps.simulator.partner import Call, bearer
from apps.simulator.platforms.linkedin.accounts import PLATFORM, check, may_act_for
from apps.simulator.platforms.linkedin.errors import dead_token, refuse

PART = 4 * 1024 * 1024


def check_asset(call: Call, urn: str) -> web.Response | None:
    """Return the refusal of a post that names this image or film too early."""
    asset = call.world.store.get("asset", urn)
    if not asset or asset["ready_at"] is None:
        return refuse(400, f"Media asset {urn} is waiting for its upload", code="MEDIA_ASSET_WAITING_UPLOAD")
    if asset["ready_at"] > call.world.now():
        return refuse(400, f"Media asset {urn} is processed", code="MEDIA_ASSET_WAITING_UPLOAD")
    return None


async def images(call: Call) -> web.StreamResponse:
    """Give a place to put an image."""
    wanted, refusal = _wanted(call, "initializeUploadRequest")
    if refusal:
        return refusal
    asset = _new(call, "image", str(wanted.get("owner", "")), [])
    expires = int((call.world.now() + 3600) * 1000)
    value = {"uploadUrl": _place(call, asset, 0), "image": asset["id"], "uploadUrlExpiresAt": expires}
    return web.json_response({"value": value})


async def videos(call: Call) -> web.StreamResponse:
    """Say in which parts a film is wanted, or take the receipt of all of them."""
    if call.request.query.get("action") == "finalizeUpload":
        return _finalize(call)
    wanted, refusal = _wanted(call, "initializeUploadRequest")
    if refusal:
        return refusal
    size = int(wanted.get("fileSizeBytes") or 0)
    if size <= 0:
        return refuse(400, "ERROR :: /fileSizeBytes :: field is required", code="MISSING_FIELD")
    firsts = range(0, size, PART)
    asset = _new(call, "video", str(wanted.get("owner", "")), [secrets.token_hex(8) for _ in firsts])
    parts = [
        {
            "uploadUrl": _place(call, asset, number),
            "firstByte": first,
            "lastByte": min(first + PART, size) - 1,
        }
        for number, first in enumerate(firsts)
    ]
    value = {"video": asset["id"], "uploadInstructions": parts, "uploadToken": ""}
    return web.json_response({"value": value})


def _wanted(call: Call, name: str) -> tuple[dict[str, Any], web.Response | None]:
    token, refusal = check(call)
    if refusal:
        return {}, refusal
    wanted: dict[str, Any] = (call.json or {}).get(name, {})
    return wanted, may_act_for(call, token, str(wanted.get("owner", "")))


def _new(call: Call, kind: str, owner: str, etags: list[str]) -> dict[str, Any]:
    key = secrets.token_urlsafe(10)
    asset: dict[str, Any] = {
        "id": f"urn:li:{kind}:{key}",
        "key": key,
        "owner": owner,
        "etags": etags,
        "ready_at": None,
    }
    call.world.store.put("asset", asset["id"], PLATFORM, asset, owner=owner)
    return asset


def _place(call: Call, asset: dict[str, Any], part: int) -> str:
    return f"{call.world.urls['LINKEDIN_API_URL']}/dms-uploads/{asset['key']}/{part}"


def _finalize(call: Call) -> web.StreamResponse:
    wanted: dict[str, Any] = (call.json or {}).get("finalizeUploadRequest", {})
    _, refusal = check(call)
    asset = call.world.store.get("asset", str(wanted.get("video", "")))
    if refusal or asset is None:
        return refusal or refuse(404, "Could not find entity", code="NOT_FOUND")
    if wanted.get("uploadedPartIds") != asset["etags"]:
        return refuse(400, "The uploaded parts are not those of the film", code="INVALID_VALUE_FOR_FIELD")
    ready = call.world.now() + call.world.processing.get(PLATFORM, 0.0)
    call.world.store.put("asset", asset["id"], PLATFORM, {**asset, "ready_at": ready}, owner=asset["owner"])
    return web.json_response({})


async def video(call: Call) -> web.StreamResponse:
    """Say how far a film is; a member's token may not ask."""
    token, refusal = check(call)
    if refusal:
        return refusal
    asset = call.world.store.get("asset", call.request.match_info["urn"])
    if asset is None:
        return refuse(404, "Could not find entity", code="NOT_FOUND")
    if asset["owner"].startswith("urn:li:person:") or "r_organization_social" not in token["scopes"]:
        return refuse(403, "Accessing this image resource is forbidden", service=100, code="ACCESS_DENIED")
    waiting = "WAITING_UPLOAD" if asset["ready_at"] is None else "PROCESSING"
    done = asset["ready_at"] is not None and asset["ready_at"] <= call.world.now()
    return web.json_response({"id": asset["id"], "status": "AVAILABLE" if done else waiting})


async def upload(call: Call) -> web.StreamResponse:
    """Take bytes: an image with the member's token, the part of a film without any."""
    key, part = call.request.match_info["key"], int(call.request.match_info["part"])
    film = call.world.store.get("asset", f"urn:li:video:{key}")
    if film and call.body and part < len(film["etags"]):
        return web.Response(status=200, headers={"ETag": film["etags"][part]})
    token = call.world.read_token(bearer(call.request))
    if token is None or token["state"] != "valid":
        return dead_token(token["state"] if token else "unknown")
    image = call.world.store.get("asset", f"urn:li:image:{key}")
    if not image or not call.body:
        return refuse(400, "Upload URL has expired", code="EXPIRED_UPLOAD_URL")
    ready = {**image, "ready_at": call.world.now()}
    call.world.store.put("asset", image["id"], PLATFORM, ready, owner=image["owner"])
    return web.Response(status=201)
