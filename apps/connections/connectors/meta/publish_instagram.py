"""Publishing on Instagram, step by step: a container is made, processed, and published once."""

from dataclasses import replace

from apps.connections.connectors.base import draft_of, text_id, unproven
from apps.connections.connectors.interface import Context, MediaRef, Step, StepResult
from apps.connections.connectors.meta.answers import PLATFORM, read, refused, succeeded, write
from apps.connections.connectors.meta.publish_page import MEDIA_URL_LIFETIME
from apps.connections.connectors.meta.staging import stage_next

POLL_EVERY = 5.0
CHILDREN = Step("children")
CHILDREN_READY = Step("children_ready", poll=True, calls={"read": 1})
CONTAINER = Step("container")
POLL = Step("poll", poll=True, calls={"read": 1})
MEDIA_PUBLISH = Step("media_publish", commit=True)
PERMALINK = Step("permalink", poll=True, calls={"read": 1})
_TYPES = {"reel": "REELS", "story": "STORIES", "carousel": "CAROUSEL"}


async def children(ctx: Context) -> StepResult:
    """Let Instagram fetch the next item of a carousel."""
    item = draft_of(ctx).media[len(ctx.progress.get("children", ()))]
    form = {**_source(item), "is_carousel_item": "true"}
    if item.kind == "video":
        form["media_type"] = "VIDEO"
    return await stage_next(ctx, form, step=CHILDREN, at="media", kept_as="children")


async def children_ready(ctx: Context) -> StepResult:
    """Wait for the items, one after the other: a carousel of unfinished items is refused."""
    made, ready = ctx.progress["children"], int(ctx.progress.get("ready", 0))
    result = await _state_of(ctx, str(made[ready]))
    if result.failure or result.poll_after or result.restart_at:
        return result
    more = ready + 1 < len(made)
    return StepResult(progress={"ready": ready + 1}, restart_at=CHILDREN_READY.name if more else "")


async def container(ctx: Context) -> StepResult:
    """Let Instagram fetch and process the picture or film, or put the carousel together."""
    draft = draft_of(ctx)
    form = {"caption": draft.text} if draft.text else {}
    if draft.format in _TYPES:
        form["media_type"] = _TYPES[draft.format]
    if draft.format == "carousel":
        form["children"] = ",".join(ctx.progress["children"])
    else:
        form |= _source(draft.media[0])
    answer = await ctx.wire.send(write(ctx, f"{ctx.account.external_id}/media", form))
    if not succeeded(answer):
        return refused(answer, operation="publish", about="account")
    if not (made := text_id(answer.value("id"))):
        return unproven(PLATFORM, answer, operation="upload")
    return StepResult(progress={"container": made})


def _source(media: MediaRef) -> dict[str, str]:
    return {f"{media.kind}_url": media.public_url(MEDIA_URL_LIFETIME)}


async def poll(ctx: Context) -> StepResult:
    """Ask whether the container is ready."""
    return await _state_of(ctx, str(ctx.progress["container"]))


async def _state_of(ctx: Context, container_id: str) -> StepResult:
    """Read a container's state; a failed one answers 200, and after 24 hours it is gone."""
    answer = await ctx.wire.send(read(ctx, container_id, fields="status_code,status"))
    if not succeeded(answer):
        return refused(answer, operation="poll", about="container")
    match answer.value("status_code"):
        case "FINISHED":
            return StepResult()
        case "PUBLISHED":
            return StepResult(skip_to=PERMALINK.name)
        case "EXPIRED":
            return _anew(ctx)
        case "ERROR":
            return refused(answer, operation="poll", about="container")
        case _:
            return StepResult(poll_after=POLL_EVERY)


async def media_publish(ctx: Context) -> StepResult:
    """Make the container public. The same container is never published twice, so its id is the proof."""
    form = {"creation_id": str(ctx.progress["container"])}
    answer = await ctx.wire.send(write(ctx, f"{ctx.account.external_id}/media_publish", form))
    if succeeded(answer):
        medium = text_id(answer.value("id"))
        done = StepResult(remote_id=medium, progress={"media": medium})
        return done if medium else unproven(PLATFORM, answer)
    result = refused(answer, operation="publish", about="container")
    expired = str(answer.value("error", "error_subcode")) == "2207020"
    return replace(_anew(ctx), failure=result.failure, answer=answer) if expired else result


def _anew(ctx: Context) -> StepResult:
    """Go back to the first step: the items of a carousel are as old as the carousel."""
    first = CHILDREN if ctx.progress.get("children") else CONTAINER
    return StepResult(restart_at=first.name, progress={"children": [], "ready": 0})


async def permalink(ctx: Context) -> StepResult:
    """Fetch the address of the published medium; without it the post is out all the same."""
    if not ctx.progress.get("media"):
        return StepResult()
    answer = await ctx.wire.send(read(ctx, str(ctx.progress["media"]), fields="permalink"))
    return StepResult(permalink=str(answer.value("permalink") or "") if succeeded(answer) else "")


RUN = {
    CHILDREN.name: children,
    CHILDREN_READY.name: children_ready,
    CONTAINER.name: container,
    POLL.name: poll,
    MEDIA_PUBLISH.name: media_publish,
    PERMALINK.name: permalink,
}
