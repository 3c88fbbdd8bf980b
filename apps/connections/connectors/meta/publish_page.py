"""Publishing on a Facebook Page, step by step."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

from apps.connections.connectors.base import draft_of, text_id, unproven
from apps.connections.connectors.interface import Answer, Context, Request, Step, StepResult
from apps.connections.connectors.meta.answers import PLATFORM, read, refused, succeeded, write
from apps.connections.connectors.meta.staging import stage_next
from apps.errors.classification import Classification, Confidence
from apps.errors.codes import ErrorCode

# Media are fetched by Meta when it is asked to, which may be long after a pause.
MEDIA_URL_LIFETIME = timedelta(hours=2)
POLL_EVERY = 10.0
FEED = Step("feed", commit=True)
PHOTO = Step("photo", commit=True)
STAGE = Step("stage")
VIDEO = Step("video", commit=True)
REEL_START = Step("reel_start")
REEL_UPLOAD = Step("reel_upload")
REEL_FINISH = Step("reel_finish", commit=True)
VIDEO_STATUS = Step("video_status", poll=True, calls={"read": 1})


async def feed(ctx: Context) -> StepResult:
    """Publish text, a link or the staged photos on the page."""
    draft = draft_of(ctx)
    form = {"message": draft.text} | ({"link": draft.link} if draft.link else {})
    for number, photo_id in enumerate(ctx.progress.get("staged", ())):
        form[f"attached_media[{number}]"] = json.dumps({"media_fbid": photo_id})
    answer = await ctx.wire.send(write(ctx, f"{ctx.account.external_id}/feed", form))
    if not succeeded(answer):
        return refused(answer, operation="publish", about="account")
    return _posted(answer, text_id(answer.value("id")))


async def photo(ctx: Context) -> StepResult:
    """Publish a photo that Meta fetches from us."""
    draft = draft_of(ctx)
    form = {"url": draft.media[0].public_url(MEDIA_URL_LIFETIME), "caption": draft.text}
    answer = await ctx.wire.send(write(ctx, f"{ctx.account.external_id}/photos", form))
    if not succeeded(answer):
        return refused(answer, operation="publish", about="account")
    return _posted(answer, text_id(answer.value("post_id")) or text_id(answer.value("id")))


async def stage(ctx: Context) -> StepResult:
    """Upload the next photo without publishing it."""
    photo = draft_of(ctx).media[len(ctx.progress.get("staged", ()))]
    form = {"url": photo.public_url(MEDIA_URL_LIFETIME), "published": "false"}
    return await stage_next(ctx, form, step=STAGE, at="photos", kept_as="staged")


def _posted(answer: Answer, post: str) -> StepResult:
    if not post:
        return unproven(PLATFORM, answer)
    return StepResult(remote_id=post, permalink=f"https://www.facebook.com/{post}")


async def video(ctx: Context) -> StepResult:
    """Publish a film that Meta fetches from us; its id is no post id, and it is processed for a while."""
    draft = draft_of(ctx)
    form = {"file_url": draft.media[0].public_url(MEDIA_URL_LIFETIME), "description": draft.text}
    answer = await ctx.wire.send(
        write(ctx, f"{ctx.account.external_id}/videos", form, host="META_GRAPH_VIDEO_URL")
    )
    if not succeeded(answer):
        return refused(answer, operation="publish", about="account")
    film = text_id(answer.value("id"))
    return StepResult(remote_id=film, progress={"video": film}) if film else unproven(PLATFORM, answer)


async def reel_start(ctx: Context) -> StepResult:
    """Ask for a place to put the film; its id is kept, for it proves later what became of it."""
    answer = await ctx.wire.send(
        write(ctx, f"{ctx.account.external_id}/video_reels", {"upload_phase": "start"})
    )
    if not succeeded(answer):
        return refused(answer, operation="upload", about="account")
    if not (film := text_id(answer.value("video_id"))):
        return unproven(PLATFORM, answer, operation="upload")
    return StepResult(progress={"video": film, "upload_url": str(answer.value("upload_url") or "")})


async def reel_upload(ctx: Context) -> StepResult:
    """Let Meta fetch the film from us, into the place it named."""
    url = str(ctx.progress["upload_url"])
    if urlsplit(url).hostname != urlsplit(ctx.app.urls["META_RUPLOAD_URL"]).hostname:
        raise ValueError("Meta named an upload address that is not its own.")
    film = draft_of(ctx).media[0].public_url(MEDIA_URL_LIFETIME)
    headers = {"Authorization": f"OAuth {ctx.token}", "file_url": film}
    answer = await ctx.wire.send(Request("POST", url, headers=headers))
    return StepResult() if succeeded(answer) else refused(answer, operation="upload", about="media")


async def reel_finish(ctx: Context) -> StepResult:
    """Make the reel public."""
    film = str(ctx.progress["video"])
    form = {
        "upload_phase": "finish",
        "video_id": film,
        "video_state": "PUBLISHED",
        "description": draft_of(ctx).text,
    }
    answer = await ctx.wire.send(write(ctx, f"{ctx.account.external_id}/video_reels", form))
    if not succeeded(answer):
        return refused(answer, operation="publish")
    return StepResult(remote_id=film) if answer.value("success") is True else unproven(PLATFORM, answer)


async def video_status(ctx: Context) -> StepResult:
    """Wait until the film has been processed; it may still turn out to be broken."""
    film = ctx.progress.get("video")
    if not film:
        return StepResult()  # its answer was lost, and it was found in the listing
    answer = await ctx.wire.send(read(ctx, str(film), fields="status,permalink_url"))
    if not succeeded(answer):
        return refused(answer, operation="poll", about="post")
    match answer.value("status", "video_status"):
        case "ready":
            path = str(answer.value("permalink_url") or "")
            return StepResult(permalink=f"https://www.facebook.com{path}" if path.startswith("/") else path)
        case "error":
            return StepResult(failure=_broken(answer), answer=answer)
        case _:
            return StepResult(poll_after=POLL_EVERY)


def _broken(answer: Answer) -> Classification:
    """Name a failure that Meta reports inside a successful answer."""
    return Classification(
        code=ErrorCode.MEDIA_INVALID,
        platform=PLATFORM,
        rule_id="meta.video_failed",
        confidence=Confidence.EXACT,
        partner_message=str(answer.value("status", "processing_phase") or "")[:300],
    )


RUN = {
    FEED.name: feed,
    PHOTO.name: photo,
    STAGE.name: stage,
    VIDEO.name: video,
    REEL_START.name: reel_start,
    REEL_UPLOAD.name: reel_upload,
    REEL_FINISH.name: reel_finish,
    VIDEO_STATUS.name: video_status,
}
