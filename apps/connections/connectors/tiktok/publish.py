"""Publishing on TikTok: a film that we upload, or films and photos that TikTok fetches from us."""

import json
from datetime import timedelta
from typing import Any

from apps.connections.connectors.base import draft_of, text_id, unproven
from apps.connections.connectors.interface import Answer, Context, Shape, Step, StepResult
from apps.connections.connectors.tiktok import upload
from apps.connections.connectors.tiktok.answers import PLATFORM, call, refused, succeeded
from apps.errors.classification import Classification, Confidence
from apps.errors.codes import ErrorCode
from apps.jobs.actions.inform import TOLD

MEDIA_URL_LIFETIME = timedelta(hours=2)
POLL_EVERY = 10.0
CREATOR = Step("creator_info", calls={"read": 1})
INIT = Step("init", calls={"init": 1})
# TikTok fetches the media by itself: from here on it may be public, even if its answer is lost.
PULL_VIDEO = Step("pull_video", commit=True, calls={"init": 1})
PULL_PHOTOS = Step("pull_photos", commit=True, calls={"init": 1})
POLL = Step("poll", poll=True, calls={"status": 1})
_OUT = frozenset({"post.publish.complete", "post.publish.publicly_available"})
_PULLS = {"video_pull": (CREATOR, PULL_VIDEO, POLL), "images": (CREATOR, PULL_PHOTOS, POLL)}


def steps(shape: Shape) -> tuple[Step, ...]:
    """Return the steps of this format."""
    return _PULLS.get(shape.format, (CREATOR, INIT, upload.CHUNKS, upload.UPLOAD, POLL))


async def creator_info(ctx: Context) -> StepResult:
    """Ask what the creator may choose today; a stale privacy level would be refused."""
    answer = await ctx.wire.send(call(ctx, "post/publish/creator_info/query", writes=False))
    if not succeeded(answer):
        return refused(answer, operation="publish", about="account")
    offered = answer.value("data", "privacy_level_options") or []
    if draft_of(ctx).options.privacy not in offered:
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
    """Begin an upload; its id is kept before a byte is sent, for it proves what becomes of it."""
    answer = await _begin(ctx, "video", _video_info(ctx), upload.source(draft_of(ctx).media[0].size))
    if not succeeded(answer):
        return refused(answer, operation="publish", about="account")
    if not (publish_id := _publish_id(answer)):
        return unproven(PLATFORM, answer, operation="upload")
    address = str(answer.value("data", "upload_url") or "")
    return StepResult(progress={"publish_id": publish_id, "upload_url": address, "sent": 0})


async def pull_video(ctx: Context) -> StepResult:
    """Let TikTok fetch the film from us."""
    url = draft_of(ctx).media[0].public_url(MEDIA_URL_LIFETIME)
    return _begun(await _begin(ctx, "video", _video_info(ctx), {"source": "PULL_FROM_URL", "video_url": url}))


async def pull_photos(ctx: Context) -> StepResult:
    """Let TikTok fetch the photos from us."""
    draft = draft_of(ctx)
    info = {
        "title": draft.options.title,
        "description": draft.text,
        "privacy_level": draft.options.privacy,
        **dict.fromkeys(draft.options.photo_switches, True),
    }
    urls = [one.public_url(MEDIA_URL_LIFETIME) for one in draft.media]
    source = {"source": "PULL_FROM_URL", "photo_images": urls, "photo_cover_index": 0}
    return _begun(await _begin(ctx, "content", info, source, post_mode="DIRECT_POST", media_type="PHOTO"))


def _video_info(ctx: Context) -> dict[str, Any]:
    draft = draft_of(ctx)
    switches = dict.fromkeys(draft.options.switches, True)
    return {"title": draft.text, "privacy_level": draft.options.privacy, **switches}


async def _begin(
    ctx: Context, noun: str, info: dict[str, Any], source: dict[str, Any], **more: str
) -> Answer:
    body = {"post_info": info, "source_info": source, **more}
    return await ctx.wire.send(call(ctx, f"post/publish/{noun}/init", body))


def _begun(answer: Answer) -> StepResult:
    if not succeeded(answer):
        return refused(answer, operation="publish", about="account")
    if not (publish_id := _publish_id(answer)):
        return unproven(PLATFORM, answer)
    return StepResult(remote_id=publish_id, progress={"publish_id": publish_id})


def _publish_id(answer: Answer) -> str:
    return text_id(answer.value("data", "publish_id"))


async def poll(ctx: Context) -> StepResult:
    """Ask whether it is out, unless TikTok has told us; the public id may come late or never, the post is out all the same."""
    if not ctx.progress.get("publish_id"):
        return StepResult()  # its answer was lost and it was found among the public ones
    if end := told_end(ctx):
        return _ended(end)
    answer = await ctx.wire.send(
        call(ctx, "post/publish/status/fetch", {"publish_id": ctx.progress["publish_id"]}, writes=False)
    )
    return _ended(answer)


def _ended(answer: Answer) -> StepResult:
    state = answer.value("data", "status")
    if not succeeded(answer) or state == "FAILED":
        return refused(answer, operation="poll", about="post")
    if state != "PUBLISH_COMPLETE":
        return StepResult(poll_after=POLL_EVERY)
    public = answer.value("data", "publicaly_available_post_id")
    first = public[0] if isinstance(public, list) and public else public
    return StepResult(remote_id=text_id(first))


def told_end(ctx: Context) -> Answer | None:
    """Return what a signed webhook said of this post, in the form in which TikTok would have answered."""
    told = ctx.progress.get(TOLD) or {}
    if told.get("publish_id") != ctx.progress.get("publish_id"):
        return None
    if told.get("event") == "post.publish.failed":
        data: dict[str, Any] = {"status": "FAILED", "fail_reason": told.get("reason", "")}
    elif told.get("event") in _OUT:
        data = {"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": [told.get("post_id", "")]}
    else:
        return None
    body = {"data": data, "error": {"code": "ok", "message": "", "log_id": ""}}
    return Answer(status=200, headers={}, body=json.dumps(body).encode())


RUN = {
    CREATOR.name: creator_info,
    INIT.name: init,
    PULL_VIDEO.name: pull_video,
    PULL_PHOTOS.name: pull_photos,
    POLL.name: poll,
    **upload.RUN,
}
