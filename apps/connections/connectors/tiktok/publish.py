"""Publishing a video, step by step. The last chunk makes it public."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from apps.connections.connectors.base import text_id
from apps.connections.connectors.interface import (
    AccountFacts,
    Answer,
    Context,
    MediaRef,
    PostDraft,
    Request,
    Step,
    StepResult,
)
from apps.connections.connectors.tiktok.answers import PLATFORM, call, refused, succeeded
from apps.errors.classification import Classification, Confidence
from apps.errors.codes import ErrorCode

MB = 1024 * 1024
SMALLEST, CHUNK = 5 * MB, 10 * MB
POLL_EVERY = 10.0
GONE = frozenset({403, 404})  # the upload's address has expired, or its task is unknown
CREATOR = Step("creator_info", calls={"read": 1})
INIT = Step("init", calls={"init": 1})
CHUNKS = Step("chunks", time_limit=120)
UPLOAD = Step("upload", commit=True, time_limit=120)
POLL = Step("poll", poll=True, calls={"status": 1})


def steps(_draft: PostDraft, _account: AccountFacts) -> tuple[Step, ...]:
    """Return the steps of a video by file."""
    return (CREATOR, INIT, CHUNKS, UPLOAD, POLL)


def chunk_size(size: int) -> int:
    """A small file goes whole."""
    return size if size < SMALLEST else min(CHUNK, size)


def last_chunk(size: int) -> int:
    """Return where the last chunk begins; it takes the rest along."""
    return (max(1, size // chunk_size(size)) - 1) * chunk_size(size)


async def creator_info(ctx: Context) -> StepResult:
    """Ask what the creator may choose today; a stale privacy level would be refused."""
    answer = await ctx.wire.send(call(ctx, "post/publish/creator_info/query", writes=False))
    if not succeeded(answer):
        return refused(answer, operation="publish", about="account")
    offered = answer.value("data", "privacy_level_options") or []
    if _draft(ctx).options.privacy not in offered:
        return StepResult(failure=_privacy_gone(offered), answer=answer)
    return StepResult()


def _privacy_gone(offered: list[str]) -> Classification:
    return Classification(
        code=ErrorCode.CONTENT_INVALID,
        platform=PLATFORM,
        rule_id="tiktok.privacy_not_offered",
        confidence=Confidence.EXACT,
        partner_message=f"The creator offers {', '.join(map(str, offered))}."[:300],
    )


async def init(ctx: Context) -> StepResult:
    """Begin the post; its id is kept before a byte is sent, for it proves what becomes of it."""
    draft, media = _draft(ctx), _media(ctx)
    info: dict[str, Any] = {
        "title": draft.text,
        "privacy_level": draft.options.privacy,
        **dict.fromkeys(draft.options.switches, True),
    }
    size = chunk_size(media.size)
    source = {
        "source": "FILE_UPLOAD",
        "video_size": media.size,
        "chunk_size": size,
        "total_chunk_count": max(1, media.size // size),
    }
    answer = await ctx.wire.send(
        call(ctx, "post/publish/video/init", {"post_info": info, "source_info": source})
    )
    if not succeeded(answer):
        return refused(answer, operation="publish", about="account")
    data = answer.value("data") or {}
    return StepResult(
        progress={
            "publish_id": text_id(data.get("publish_id")),
            "upload_url": str(data.get("upload_url", "")),
        }
    )


async def chunks(ctx: Context) -> StepResult:
    """Send every chunk but the last."""
    media = _media(ctx)
    for first in range(0, last_chunk(media.size), chunk_size(media.size)):
        answer = await _put(ctx, media, first, chunk_size(media.size))
        if not answer.ok:
            return _again_or_refused(answer)
    return StepResult()


async def upload(ctx: Context) -> StepResult:
    """Send the last chunk."""
    media = _media(ctx)
    first = last_chunk(media.size)
    answer = await _put(ctx, media, first, media.size - first)
    if not answer.ok:
        return _again_or_refused(answer)
    return StepResult(remote_id=str(ctx.progress["publish_id"]))


def _again_or_refused(answer: Answer) -> StepResult:
    """An upload that TikTok has forgotten was not published: begin anew."""
    if answer.status in GONE or answer.status == 416:  # noqa: PLR2004 - HTTP
        return StepResult(restart_at=CREATOR.name)
    return refused(answer, operation="publish", about="media")


async def _put(ctx: Context, media: MediaRef, first: int, length: int) -> Answer:
    url = str(ctx.progress["upload_url"])
    hosts = {urlsplit(ctx.app.urls["TIKTOK_API_URL"]).hostname, "open-upload.tiktokapis.com"}
    if urlsplit(url).hostname not in hosts:
        raise ValueError("TikTok named an upload address that is not its own.")
    content = await asyncio.to_thread(media.read, first, length)
    headers = {
        "Content-Type": "video/mp4",
        "Content-Range": f"bytes {first}-{first + length - 1}/{media.size}",
    }
    return await ctx.wire.send(
        Request("PUT", url, headers=headers, body=content, time_limit=UPLOAD.time_limit)
    )


async def poll(ctx: Context) -> StepResult:
    """Ask whether it is out; the public id may come late or never, the post is out all the same."""
    answer = await ctx.wire.send(
        call(ctx, "post/publish/status/fetch", {"publish_id": ctx.progress["publish_id"]}, writes=False)
    )
    state = answer.value("data", "status")
    if not succeeded(answer) or state == "FAILED":
        return refused(answer, operation="poll", about="post")
    if state != "PUBLISH_COMPLETE":
        return StepResult(poll_after=POLL_EVERY)
    public = answer.value("data", "publicaly_available_post_id")
    first = public[0] if isinstance(public, list) and public else public
    return StepResult(remote_id=text_id(first))


def _draft(ctx: Context) -> PostDraft:
    if ctx.draft is None:
        raise ValueError("A publish step needs a draft.")
    return ctx.draft


def _media(ctx: Context) -> MediaRef:
    return _draft(ctx).media[0]


RUN = {CREATOR.name: creator_info, INIT.name: init, CHUNKS.name: chunks, UPLOAD.name: upload, POLL.name: poll}
