"""Sending a film's bytes to TikTok in chunks. The last one makes it public."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from apps.connections.connectors.base import draft_of, unproven
from apps.connections.connectors.interface import Answer, Context, MediaRef, Request, Step, StepResult
from apps.connections.connectors.tiktok.answers import PLATFORM, refused

MB = 1024 * 1024
SMALLEST, CHUNK = 5 * MB, 10 * MB
GONE = frozenset({403, 404})  # the upload's address has expired, or its task is unknown
COMPLETE = 201
CHUNKS = Step("chunks", time_limit=120)
UPLOAD = Step("upload", commit=True, time_limit=120)


def chunk_size(size: int) -> int:
    """A small file goes whole."""
    return size if size < SMALLEST else min(CHUNK, size)


def last_chunk(size: int) -> int:
    """Return where the last chunk begins; it takes the rest along."""
    return (max(1, size // chunk_size(size)) - 1) * chunk_size(size)


def source(size: int) -> dict[str, Any]:
    """Announce a file."""
    chunk = chunk_size(size)
    return {
        "source": "FILE_UPLOAD",
        "video_size": size,
        "chunk_size": chunk,
        "total_chunk_count": max(1, size // chunk),
    }


async def chunks(ctx: Context) -> StepResult:
    """Send the next chunk, up to the last but one; where we stand is kept after each."""
    media, first = draft_of(ctx).media[0], int(ctx.progress.get("sent", 0))
    if first >= last_chunk(media.size):
        return StepResult()
    answer = await _put(ctx, media, first, chunk_size(media.size))
    if not answer.ok:
        return _again_or_refused(answer)
    sent = first + chunk_size(media.size)
    return StepResult(
        progress={"sent": sent}, restart_at=CHUNKS.name if sent < last_chunk(media.size) else ""
    )


async def upload(ctx: Context) -> StepResult:
    """Send the last chunk."""
    media = draft_of(ctx).media[0]
    first = last_chunk(media.size)
    answer = await _put(ctx, media, first, media.size - first)
    if not answer.ok:
        return _again_or_refused(answer)
    if answer.status != COMPLETE:
        return unproven(PLATFORM, answer)
    return StepResult(remote_id=str(ctx.progress["publish_id"]))


def _again_or_refused(answer: Answer) -> StepResult:
    """An upload that TikTok has forgotten was not published: begin anew."""
    if answer.status in GONE or answer.status == 416:  # noqa: PLR2004 - HTTP
        return StepResult(restart_at="creator_info")
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


RUN = {CHUNKS.name: chunks, UPLOAD.name: upload}
