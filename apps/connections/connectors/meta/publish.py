"""Publishing on Meta, step by step."""

import json
from datetime import timedelta

from apps.connections.connectors.base import text_id
from apps.connections.connectors.interface import AccountFacts, Context, PostDraft, Step, StepResult
from apps.connections.connectors.meta.answers import read, refused, succeeded, write

# A picture is fetched by Meta when it is asked to, which may be long after a pause.
MEDIA_URL_LIFETIME = timedelta(hours=2)
POLL_EVERY = 5.0
FEED = Step("feed", commit=True)
PHOTO = Step("photo", commit=True)
STAGE = Step("stage")
CONTAINER = Step("container")
POLL = Step("poll", poll=True, calls={"read": 1})
MEDIA_PUBLISH = Step("media_publish", commit=True)
PERMALINK = Step("permalink", poll=True, calls={"read": 1})


def steps(draft: PostDraft, account: AccountFacts) -> tuple[Step, ...]:
    """Return the steps of this format."""
    if account.type == "instagram":
        return (CONTAINER, POLL, MEDIA_PUBLISH, PERMALINK)
    if draft.format == "images":
        return (STAGE, FEED)
    return (PHOTO,) if draft.format == "image" else (FEED,)


async def feed(ctx: Context) -> StepResult:
    """Publish text, a link or the staged photos on the page."""
    draft = _draft(ctx)
    form = {"message": draft.text} | ({"link": draft.link} if draft.link else {})
    for number, photo_id in enumerate(ctx.progress.get("staged", ())):
        form[f"attached_media[{number}]"] = json.dumps({"media_fbid": photo_id})
    answer = await ctx.wire.send(write(ctx, f"{ctx.account.external_id}/feed", form))
    if not succeeded(answer):
        return refused(answer, operation="publish", about="account")
    return _posted(text_id(answer.value("id")))


async def photo(ctx: Context) -> StepResult:
    """Publish a photo that Meta fetches from us."""
    draft = _draft(ctx)
    form = {"url": draft.media[0].public_url(MEDIA_URL_LIFETIME), "caption": draft.text}
    answer = await ctx.wire.send(write(ctx, f"{ctx.account.external_id}/photos", form))
    if not succeeded(answer):
        return refused(answer, operation="publish", about="account")
    return _posted(text_id(answer.value("post_id")) or text_id(answer.value("id")))


async def stage(ctx: Context) -> StepResult:
    """Upload the next photo without publishing it; a photo that is staged twice is an orphan that nobody sees."""
    draft, staged = _draft(ctx), list(ctx.progress.get("staged", ()))
    url = draft.media[len(staged)].public_url(MEDIA_URL_LIFETIME)
    answer = await ctx.wire.send(
        write(ctx, f"{ctx.account.external_id}/photos", {"url": url, "published": "false"})
    )
    if not succeeded(answer):
        return refused(answer, operation="upload", about="media")
    staged.append(text_id(answer.value("id")))
    more = len(staged) < len(draft.media)
    return StepResult(progress={"staged": staged}, restart_at=STAGE.name if more else "")


def _posted(post: str) -> StepResult:
    return StepResult(remote_id=post, permalink=f"https://www.facebook.com/{post}" if post else "")


async def container(ctx: Context) -> StepResult:
    """Let Instagram fetch and process the picture."""
    draft = _draft(ctx)
    form = {"image_url": draft.media[0].public_url(MEDIA_URL_LIFETIME), "caption": draft.text}
    answer = await ctx.wire.send(write(ctx, f"{ctx.account.external_id}/media", form))
    if not succeeded(answer):
        return refused(answer, operation="publish", about="account")
    return StepResult(progress={"container": text_id(answer.value("id")), "container_at": ctx.at.isoformat()})


async def poll(ctx: Context) -> StepResult:
    """Ask whether the container is ready; a failed one answers 200."""
    answer = await ctx.wire.send(read(ctx, str(ctx.progress["container"]), fields="status_code,status"))
    if not succeeded(answer):
        return refused(answer, operation="poll", about="container")
    match answer.value("status_code"):
        case "FINISHED":
            return StepResult()
        case "PUBLISHED":
            return StepResult(skip_to=PERMALINK.name)
        case "EXPIRED":
            return StepResult(restart_at=CONTAINER.name)
        case "ERROR":
            return refused(answer, operation="poll", about="container")
        case _:
            return StepResult(poll_after=POLL_EVERY)


async def media_publish(ctx: Context) -> StepResult:
    """Make the container public. The same container is never published twice, so its id is the proof."""
    form = {"creation_id": str(ctx.progress["container"])}
    answer = await ctx.wire.send(write(ctx, f"{ctx.account.external_id}/media_publish", form))
    if succeeded(answer):
        return StepResult(
            remote_id=text_id(answer.value("id")), progress={"media": text_id(answer.value("id"))}
        )
    result = refused(answer, operation="publish", about="container")
    expired = str(answer.value("error", "error_subcode")) == "2207020"
    return StepResult(failure=result.failure, answer=answer, restart_at=CONTAINER.name if expired else "")


async def permalink(ctx: Context) -> StepResult:
    """Fetch the address of the published medium; without it the post is out all the same."""
    if not ctx.progress.get("media"):
        return StepResult()
    answer = await ctx.wire.send(read(ctx, str(ctx.progress["media"]), fields="permalink"))
    return StepResult(permalink=str(answer.value("permalink") or "") if succeeded(answer) else "")


def _draft(ctx: Context) -> PostDraft:
    if ctx.draft is None:
        raise ValueError("A publish step needs a draft.")
    return ctx.draft


RUN = {
    FEED.name: feed,
    PHOTO.name: photo,
    STAGE.name: stage,
    CONTAINER.name: container,
    POLL.name: poll,
    MEDIA_PUBLISH.name: media_publish,
    PERMALINK.name: permalink,
}
