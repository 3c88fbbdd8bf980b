"""Posts and images."""

import re
import secrets
from typing import Any
from urllib.parse import quote

from aiohttp import web

from apps.simulator.numbers import number
from apps.simulator.partner import Call, bearer
from apps.simulator.platforms.linkedin.accounts import PLATFORM, check, may_act_for
from apps.simulator.platforms.linkedin.errors import dead_token, duplicate, refuse

LONGEST = 3000
SAME_FOR = 600
_RESERVED = re.compile(r"(?<!\\)[|{}@\[\]()<>#*_~]")


async def create(call: Call) -> web.StreamResponse:
    """Publish. The answer is 201 without a body: the id stands in a header."""
    token, refusal = check(call)
    if refusal:
        return refusal
    wanted = call.json
    if (
        not isinstance(wanted, dict)
        or wanted.get("lifecycleState") != "PUBLISHED"
        or "distribution" not in wanted
    ):
        return refuse(
            422, "ERROR :: /lifecycleState :: field is required but not found and has no default value"
        )
    author, text = str(wanted.get("author", "")), str(wanted.get("commentary", ""))
    if refusal := may_act_for(call, token, author):
        return refusal
    if len(text) > LONGEST:
        return refuse(400, "ERROR :: /commentary :: length exceeds 3000", code="FIELD_LENGTH_TOO_LONG")
    content = wanted.get("content") or {}
    image = content.get("media", {}).get("id", "")
    if image and (refusal := _check_image(call, image)):
        return refusal
    if not image and (twin := _twin(call, author, text)):
        return duplicate(twin)
    return _go_public(call, author, text, content)


def _check_image(call: Call, urn: str) -> web.Response | None:
    image = call.world.store.get("image", urn)
    if not image or not image["uploaded"]:
        return refuse(400, f"Media asset {urn} is waiting for its upload", code="MEDIA_ASSET_WAITING_UPLOAD")
    return None


def _twin(call: Call, author: str, text: str) -> str:
    since = call.world.now() - SAME_FOR
    for post in call.world.store.all("post", PLATFORM, owner=author):
        if post["commentary"] == text and post["at"] > since:
            return str(post["id"])
    return ""


def _go_public(call: Call, author: str, text: str, content: dict[str, Any]) -> web.StreamResponse:
    # An unescaped reserved character ends the text there, and nobody says so.
    cut = _RESERVED.search(text)
    shown = re.sub(r"\\(.)", r"\1", text[: cut.start()] if cut else text)
    urn, at = f"urn:li:share:{number(19)}", call.world.now()
    link = content.get("article", {}).get("source", "")
    call.world.store.put(
        "post", urn, PLATFORM, {"id": urn, "author": author, "commentary": text, "at": at}, owner=author
    )
    call.world.store.publish(
        platform=PLATFORM, account=author, operation="publish", remote_id=urn, text=shown, link=link, at=at
    )
    return web.Response(status=201, headers={"x-restli-id": urn, "Location": f"/posts/{quote(urn, safe='')}"})


async def find(call: Call) -> web.StreamResponse:
    """List an organisation's posts; a member's are closed."""
    token, refusal = check(call, scope="r_organization_social")
    if refusal:
        return refusal
    author = call.request.query.get("author", "")
    if author.startswith("urn:li:person:"):
        return refuse(400, "Member permissions must be used when using member as author")
    if refusal := may_act_for(call, token, author):
        return refusal
    shown = call.world.now() - call.world.lag(PLATFORM, author)
    posts = [post for post in call.world.store.all("post", PLATFORM, owner=author) if post["at"] <= shown]
    rows = [
        {
            "id": post["id"],
            "author": author,
            "commentary": post["commentary"],
            "createdAt": int(post["at"] * 1000),
            "lifecycleState": "PUBLISHED",
        }
        for post in sorted(posts, key=lambda post: -post["at"])[: int(call.request.query.get("count", "10"))]
    ]
    return web.json_response({"elements": rows, "paging": {"start": 0, "count": len(rows)}})


async def read(call: Call) -> web.StreamResponse:
    """Read one post."""
    _, refusal = check(call)
    if refusal:
        return refusal
    post = call.world.store.get("post", call.request.match_info["urn"])
    return (
        web.json_response({"id": post["id"], "commentary": post["commentary"]})
        if post
        else refuse(404, "Could not find entity", code="NOT_FOUND")
    )


async def delete(call: Call) -> web.StreamResponse:
    """Delete a post."""
    _, refusal = check(call)
    if refusal:
        return refusal
    urn = call.request.match_info["urn"]
    if urn.startswith("urn:li:activity:"):
        return refuse(400, "Invalid URN type", code="INVALID_URN_TYPE")
    if not call.world.store.get("post", urn):
        return refuse(404, "Could not find entity", code="NOT_FOUND")
    call.world.store.remove("post", urn)
    call.world.store.unpublish(urn, call.world.now())
    return web.Response(status=204)


async def initialize_upload(call: Call) -> web.StreamResponse:
    """Give a place to put an image."""
    token, refusal = check(call)
    if refusal:
        return refusal
    owner = str((call.json or {}).get("initializeUploadRequest", {}).get("owner", ""))
    if refusal := may_act_for(call, token, owner):
        return refusal
    key = secrets.token_urlsafe(10)
    urn = f"urn:li:image:{key}"
    call.world.store.put("image", urn, PLATFORM, {"id": urn, "uploaded": False}, owner=owner)
    url = f"{call.world.urls['LINKEDIN_API_URL']}/dms-uploads/{key}"
    expires = int((call.world.now() + 3600) * 1000)
    return web.json_response({"value": {"uploadUrl": url, "image": urn, "uploadUrlExpiresAt": expires}})


async def upload(call: Call) -> web.StreamResponse:
    """Take the image's bytes, with the member's token."""
    token = call.world.read_token(bearer(call.request))
    if token is None or token["state"] != "valid":
        return dead_token(token["state"] if token else "unknown")
    urn = f"urn:li:image:{call.request.match_info['key']}"
    if not call.world.store.get("image", urn) or not call.body:
        return refuse(400, "Upload URL has expired", code="EXPIRED_UPLOAD_URL")
    call.world.store.put("image", urn, PLATFORM, {"id": urn, "uploaded": True})
    return web.Response(status=201)
