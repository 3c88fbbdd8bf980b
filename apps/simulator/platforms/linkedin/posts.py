"""Posts."""

import re
from typing import Any
from urllib.parse import quote

from aiohttp import web

from apps.simulator.numbers import number
from apps.simulator.partner import Call
from apps.simulator.platforms.linkedin import uploads
from apps.simulator.platforms.linkedin.accounts import PLATFORM, check, may_act_for
from apps.simulator.platforms.linkedin.errors import duplicate, refuse

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
    assets = _assets_of(content)
    for urn in assets:
        if refusal := uploads.check_asset(call, urn):
            return refusal
    if not assets and (twin := _twin(call, author, text)):
        return duplicate(twin)
    return _go_public(call, author, text, content)


def _assets_of(content: dict[str, Any]) -> list[str]:
    several = [one.get("id", "") for one in content.get("multiImage", {}).get("images", [])]
    single = [content.get("media", {}).get("id", ""), content.get("article", {}).get("thumbnail", "")]
    return [urn for urn in (*several, *single) if urn]


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
    # Several pictures and films make another kind of post.
    own_kind = "multiImage" in content or ":video:" in content.get("media", {}).get("id", "")
    urn, at = f"urn:li:{'ugcPost' if own_kind else 'share'}:{number(19)}", call.world.now()
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
