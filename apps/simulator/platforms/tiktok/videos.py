"""Direct post of films and photos: creator info, init, chunks, status, the public listing."""

import re
import secrets
from typing import Any

from aiohttp import web

from apps.simulator import webhooks
from apps.simulator.numbers import number
from apps.simulator.partner import Call, World
from apps.simulator.pictures import fetchable
from apps.simulator.platforms.tiktok.accounts import PLATFORM, PRIVACY, check
from apps.simulator.platforms.tiktok.errors import envelope, refuse
from apps.simulator.platforms.tiktok.webhooks import write

LONGEST_TITLE, LONGEST_PHOTO_TITLE, MOST_PHOTOS = 2200, 90, 35
SMALLEST_CHUNK, LARGEST_CHUNK = 5 * 1024 * 1024, 64 * 1024 * 1024
UPLOAD_LIFETIME = 3600
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


async def creator_info(call: Call) -> web.StreamResponse:
    """Say what the creator may choose today; asking opens the door to a post."""
    token, refusal = check(call, "video.publish")
    if refusal:
        return refusal
    account = call.world.store.get("account", token["user"]) or {}
    call.world.store.put("asked", token["user"], PLATFORM, {"at": call.world.now()})
    facts = {
        "creator_username": account["name"],
        "privacy_level_options": account["privacy"],
        "max_video_post_duration_sec": 600,
    }
    return envelope(facts)


async def init(call: Call) -> web.StreamResponse:
    """Begin a post of a film; the file's arithmetic must be right, and a film by URL is fetched at once."""
    creator, wanted, refusal = _begin(call, LONGEST_TITLE)
    if refusal:
        return refusal
    info, source = wanted["post_info"], wanted.get("source_info") or {}
    if source.get("source") == "PULL_FROM_URL":
        fetched = await fetchable(str(source.get("video_url", "")), ("video/mp4",))
        return _pulled(
            call, creator, "v_pub_url", str(info.get("title", "")), "" if fetched else "video_pull_failed"
        )
    if problem := _arithmetic(source):
        return refuse(400, "invalid_params", problem)
    task = _task(call, creator, "v_pub_file", str(info.get("title", "")), source)
    key = secrets.token_hex(10)
    call.world.store.put("upload", key, PLATFORM, {"task": task["id"]})
    url = f"{call.world.urls['TIKTOK_API_URL']}/video/?upload_id={key}&upload_token={secrets.token_hex(8)}"
    return envelope({"publish_id": task["id"], "upload_url": url})


async def photos(call: Call) -> web.StreamResponse:
    """Begin a post of photos, which are fetched at once; one bad photo fails them all."""
    creator, wanted, refusal = _begin(call, LONGEST_PHOTO_TITLE)
    if refusal:
        return refusal
    urls = (wanted.get("source_info") or {}).get("photo_images") or []
    if wanted.get("media_type") != "PHOTO" or not 1 <= len(urls) <= MOST_PHOTOS:
        return refuse(400, "invalid_params", "The request source info is empty or incorrect")
    good = [await fetchable(str(url), ("image/jpeg", "image/webp")) for url in urls]
    text = str(wanted["post_info"].get("description", ""))
    return _pulled(call, creator, "p_pub_url", text, "" if all(good) else "photo_pull_failed")


def _begin(call: Call, longest: int) -> tuple[str, dict[str, Any], web.Response | None]:
    """Return the creator and the request, unless it must be refused."""
    token, refusal = check(call, "video.publish")
    if refusal:
        return "", {}, refusal
    wanted = call.json if isinstance(call.json, dict) else {}
    info = wanted.get("post_info") or {}
    account = call.world.store.get("account", token["user"]) or {}
    if not info or len(str(info.get("title", ""))) > longest:
        return "", {}, refuse(400, "invalid_params", "The request post info is empty or incorrect")
    if not call.world.store.get("asked", token["user"]):
        return "", {}, refuse(400, "invalid_params", "Creator info must be queried before a post")
    if info.get("privacy_level") not in account["privacy"]:
        words = "The privacy level is not among the creator's options."
        return "", {}, refuse(403, "privacy_level_option_mismatch", words)
    return str(token["user"]), wanted, None


def _task(call: Call, creator: str, prefix: str, title: str, source: dict[str, Any]) -> dict[str, Any]:
    task: dict[str, Any] = {
        "id": f"{prefix}~v2-1.{number(19)}",
        "creator": creator,
        "title": title,
        "privacy": call.json["post_info"]["privacy_level"],
        "source": source,
        "received": 0,
        "failed": "",
        "done_at": None,
        "at": call.world.now(),
    }
    return call.world.store.put("task", task["id"], PLATFORM, task, owner=creator)


def _pulled(call: Call, creator: str, prefix: str, title: str, failed: str) -> web.StreamResponse:
    task = _task(call, creator, prefix, title, {})
    if failed:
        task["failed"] = failed
        _tell(call, task, "failed", {"reason": failed})
    else:
        _go_public(call, task)
    call.world.store.put("task", task["id"], PLATFORM, task, owner=creator)
    return envelope({"publish_id": task["id"]})


def _arithmetic(source: dict[str, Any]) -> str:
    size, chunk, count = (
        int(source.get(name) or 0) for name in ("video_size", "chunk_size", "total_chunk_count")
    )
    if source.get("source") != "FILE_UPLOAD" or size <= 0:
        return "The source info is empty or incorrect"
    whole = size < SMALLEST_CHUNK
    if (whole and chunk != size) or (not whole and not SMALLEST_CHUNK <= chunk <= LARGEST_CHUNK):
        return "The chunk size is invalid"
    return "" if count == max(1, size // chunk) else "The total chunk count is invalid"


async def upload(call: Call) -> web.StreamResponse:
    """Take a chunk; the last one makes the post."""
    place = call.world.store.get("upload", call.request.query.get("upload_id", ""))
    task = call.world.store.get("task", place["task"]) if place else None
    if task is None:
        return web.Response(status=404)
    if call.world.now() - task["at"] > UPLOAD_LIFETIME:
        return web.Response(status=403)
    given = _RANGE.fullmatch(call.request.headers.get("Content-Range", ""))
    if given is None or call.request.content_type != "video/mp4":
        return web.Response(status=400)
    first, last, total = (int(number) for number in given.groups())
    if (
        first != task["received"]
        or last - first + 1 != len(call.body)
        or total != task["source"]["video_size"]
    ):
        return web.Response(status=416)
    task["received"] = last + 1
    if task["received"] == total:
        _go_public(call, task)
    call.world.store.put("task", task["id"], PLATFORM, task, owner=task["creator"])
    return web.Response(status=201 if task["received"] == total else 206)


def _go_public(call: Call, task: dict[str, Any]) -> None:
    task["done_at"] = at = call.world.now()
    task["post"] = number(19)
    call.world.store.publish(
        platform=PLATFORM,
        account=task["creator"],
        operation="upload",
        remote_id=task["post"],
        text=task["title"],
        link="",
        at=at,
    )
    _tell(call, task, "complete", {})
    _tell(call, task, "publicly_available", {"post_id": task["post"]})


def _tell(call: Call, task: dict[str, Any], what: str, more: dict[str, str]) -> None:
    """Tell our app how it ended, where somebody listens."""
    content = {"publish_id": task["id"], "publish_type": "DIRECT_PUBLISH", **more}
    event = {"event": f"post.publish.{what}", "account": task["creator"], "content": content}
    webhooks.by_itself(call.world, write, event, after=call.world.processing.get(PLATFORM, 0.0))


async def status(call: Call) -> web.StreamResponse:
    """Say how far a post is."""
    token, refusal = check(call, "video.publish")
    if refusal:
        return refusal
    task = call.world.store.get("task", str((call.json or {}).get("publish_id", "")))
    if task is None:
        return refuse(400, "invalid_publish_id", "The publish_id does not exist.")
    if task["creator"] != token["user"]:
        return refuse(
            400, "token_not_authorized_for_specified_publish_id", "The token may not see this publish_id."
        )
    return envelope(_state(call.world, task))


def _state(world: World, task: dict[str, Any]) -> dict[str, Any]:
    received = {"uploaded_bytes": task["received"]}
    if task["failed"]:
        return {"status": "FAILED", "fail_reason": task["failed"], **received}
    if task["done_at"] is None or world.now() - task["done_at"] < world.processing.get(PLATFORM, 0.0):
        return {"status": "PROCESSING_UPLOAD", **received}
    # The misspelling is TikTok's own.
    return {"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": [int(task["post"])], **received}


async def listing(call: Call) -> web.StreamResponse:
    """List the creator's public posts, newest first, with the fields that are asked for."""
    token, refusal = check(call, "video.list")
    if refusal:
        return refusal
    if not call.request.query.get("fields"):
        return refuse(400, "invalid_params", "Fields is required")
    shown = call.world.now() - call.world.lag(PLATFORM, token["user"])
    tasks = [
        task
        for task in call.world.store.all("task", PLATFORM, owner=token["user"])
        if task["done_at"] is not None and task["done_at"] <= shown and task["privacy"] == PRIVACY[0]
    ]
    rows = [
        {"id": task["post"], "title": task["title"], "create_time": int(task["done_at"])}
        for task in sorted(tasks, key=lambda task: -task["done_at"])[
            : int((call.json or {}).get("max_count", 10))
        ]
    ]
    return envelope({"videos": rows, "has_more": False})


async def lost(_call: Call) -> web.StreamResponse:
    """Answer a path that is not there: most often its slash is missing."""
    return web.Response(text="Unsupported path(Janus)", status=404)
