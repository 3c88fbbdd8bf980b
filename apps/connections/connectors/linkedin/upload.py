"""Putting pictures and films at LinkedIn before a post names them."""

import asyncio
from urllib.parse import quote, urlsplit

from apps.connections.connectors.base import draft_of, text_id, unproven
from apps.connections.connectors.interface import Answer, Context, Request, Step, StepResult
from apps.connections.connectors.linkedin.answers import PLATFORM, headers, read, refused, rest

INITIALISE = Step("initialise")
UPLOAD = Step("upload", time_limit=60)
VIDEO_START = Step("video_start")
VIDEO_PART = Step("video_part", time_limit=60)
VIDEO_FINALISE = Step("video_finalise")
VIDEO_READY = Step("video_ready", poll=True, calls={"read": 1})
POLL_EVERY = 10.0
# With a member's token the state of a film cannot be read: we give LinkedIn so long, and it refuses a post
# that names an unfinished film.
GRACE = 60.0


async def initialise(ctx: Context) -> StepResult:
    """Ask for a place to put the next image."""
    body = {"initializeUploadRequest": {"owner": ctx.account.external_id}}
    answer = await ctx.wire.send(_action(ctx, "images", "initializeUpload", body))
    if not answer.ok:
        return refused(answer, operation="upload", about="account")
    value = answer.value("value") or {}
    if not (image := text_id(value.get("image"))):
        return unproven(PLATFORM, answer, operation="upload")
    return StepResult(progress={"image": image, "upload_url": str(value.get("uploadUrl", ""))})


async def upload(ctx: Context) -> StepResult:
    """Put the image's bytes, with one PUT; a place that has expired is asked for again."""
    url = str(ctx.progress["upload_url"])
    if not _ours(ctx, url):
        return StepResult(restart_at=INITIALISE.name)
    media, done = draft_of(ctx).media, list(ctx.progress.get("images", ()))
    image = media[len(done)]
    content = await asyncio.to_thread(image.read, 0, image.size)
    answer = await ctx.wire.send(
        Request(
            "PUT",
            url,
            headers={"Authorization": f"Bearer {ctx.token}"},
            body=content,
            time_limit=UPLOAD.time_limit,
        )
    )
    if not answer.ok:
        return _refused_or_expired(answer, INITIALISE)
    done.append(ctx.progress["image"])
    more = len(done) < len(media)
    return StepResult(progress={"images": done}, restart_at=INITIALISE.name if more else "")


async def video_start(ctx: Context) -> StepResult:
    """Say how large the film is; LinkedIn says in which parts it wants it."""
    owner = {"owner": ctx.account.external_id, "fileSizeBytes": draft_of(ctx).media[0].size}
    body = {"initializeUploadRequest": {**owner, "uploadCaptions": False, "uploadThumbnail": False}}
    answer = await ctx.wire.send(_action(ctx, "videos", "initializeUpload", body))
    if not answer.ok:
        return refused(answer, operation="upload", about="account")
    value = answer.value("value") or {}
    parts = [
        [str(one.get("uploadUrl", "")), int(one.get("firstByte", 0)), int(one.get("lastByte", 0))]
        for one in value.get("uploadInstructions") or ()
    ]
    if not (film := text_id(value.get("video"))) or not parts:
        return unproven(PLATFORM, answer, operation="upload")
    return StepResult(
        progress={
            "video": film,
            "upload_token": str(value.get("uploadToken") or ""),
            "parts": parts,
            "etags": [],
        }
    )


async def video_part(ctx: Context) -> StepResult:
    """Put the next part, without our token; its ETag is its receipt."""
    parts, etags = ctx.progress["parts"], list(ctx.progress["etags"])
    url, first, last = parts[len(etags)]
    if not _ours(ctx, url):
        return StepResult(restart_at=VIDEO_START.name)
    content = await asyncio.to_thread(draft_of(ctx).media[0].read, first, last - first + 1)
    headers_ = {"Content-Type": "application/octet-stream"}
    answer = await ctx.wire.send(
        Request("PUT", url, headers=headers_, body=content, time_limit=VIDEO_PART.time_limit)
    )
    if not answer.ok:
        return _refused_or_expired(answer, VIDEO_START)
    etags.append(answer.headers.get("etag", ""))
    more = len(etags) < len(parts)
    return StepResult(progress={"etags": etags}, restart_at=VIDEO_PART.name if more else "")


async def video_finalise(ctx: Context) -> StepResult:
    """Say that every part is there."""
    receipt = {
        "video": ctx.progress["video"],
        "uploadToken": ctx.progress["upload_token"],
        "uploadedPartIds": ctx.progress["etags"],
    }
    answer = await ctx.wire.send(_action(ctx, "videos", "finalizeUpload", {"finalizeUploadRequest": receipt}))
    if not answer.ok:
        return refused(answer, operation="upload", about="media")
    return StepResult(progress={"finalised_at": ctx.at.timestamp()})


async def video_ready(ctx: Context) -> StepResult:
    """Wait until the film has been processed; where we may not ask, for a fixed time."""
    answer = await ctx.wire.send(read(ctx, f"videos/{quote(str(ctx.progress['video']), safe='')}"))
    if answer.status == 403:  # noqa: PLR2004 - HTTP: a member's token may write and not read
        left = float(ctx.progress["finalised_at"]) + GRACE - ctx.at.timestamp()
        return StepResult(poll_after=left) if left > 0 else StepResult()
    if not answer.ok:
        return refused(answer, operation="poll", about="media")
    match answer.value("status"):
        case "AVAILABLE":
            return StepResult()
        case "PROCESSING_FAILED":
            return refused(_failed(answer), operation="poll", about="media")
        case _:
            return StepResult(poll_after=POLL_EVERY)


def _failed(answer: Answer) -> Answer:
    """Put LinkedIn's word for a broken film where its error codes stand."""
    return Answer(400, answer.headers, b'{"status": 400, "code": "MEDIA_ASSET_PROCESSING_FAILED"}')


def _action(ctx: Context, path: str, action: str, body: object) -> Request:
    return Request(
        "POST", rest(ctx, path), headers=headers(ctx.app, ctx.token), params={"action": action}, json=body
    )


def _ours(ctx: Context, url: str) -> bool:
    """A partner names the upload's URL; our bytes and token go to its own hosts only."""
    api = urlsplit(ctx.app.urls["LINKEDIN_API_URL"]).hostname
    return urlsplit(url).hostname in {api, "www.linkedin.com", "api.linkedin.com"}


def _refused_or_expired(answer: Answer, first: Step) -> StepResult:
    result = refused(answer, operation="upload", about="media")
    expired = answer.value("code") == "EXPIRED_UPLOAD_URL"
    return StepResult(failure=result.failure, answer=answer, restart_at=first.name if expired else "")


RUN = {
    INITIALISE.name: initialise,
    UPLOAD.name: upload,
    VIDEO_START.name: video_start,
    VIDEO_PART.name: video_part,
    VIDEO_FINALISE.name: video_finalise,
    VIDEO_READY.name: video_ready,
}
