"""Publishing on LinkedIn: what is named in the post is put there first."""

import re
from typing import Any

from apps.connections.connectors.base import draft_of, unproven
from apps.connections.connectors.interface import Answer, Context, Request, Shape, Step, StepResult
from apps.connections.connectors.linkedin import upload
from apps.connections.connectors.linkedin.answers import PLATFORM, escape, headers, refused, rest
from apps.errors.codes import ErrorCode

POST = Step("post", commit=True)
CREATED = 201
_VIDEO = (upload.VIDEO_START, upload.VIDEO_PART, upload.VIDEO_FINALISE, upload.VIDEO_READY)
_DUPLICATE = re.compile(r"^Content is a duplicate of (urn:li:(?:share|ugcPost):\d+)")


def steps(shape: Shape) -> tuple[Step, ...]:
    """Return the steps of this format; the picture of a link is its thumbnail."""
    if shape.format == "video":
        return (*_VIDEO, POST)
    return (upload.INITIALISE, upload.UPLOAD, POST) if shape.media else (POST,)


async def post(ctx: Context) -> StepResult:
    """Publish; the id comes in a header, the body is empty."""
    request = Request("POST", rest(ctx, "posts"), headers=headers(ctx.app, ctx.token), json=_body(ctx))
    answer = await ctx.wire.send(request)
    if not answer.ok:
        return _refused(answer)
    urn = answer.headers.get("x-restli-id", "")
    if not urn and answer.status != CREATED:
        return unproven(PLATFORM, answer)
    return StepResult(remote_id=urn, permalink=permalink(urn))


def _refused(answer: Answer) -> StepResult:
    result = refused(answer, operation="publish", about="account")
    if result.failure is None or result.failure.code is not ErrorCode.DUPLICATE_CONTENT:
        return result
    named = _DUPLICATE.match(str(answer.value("message") or ""))
    urn = named[1] if named else ""
    return StepResult(failure=result.failure, answer=answer, duplicate_of=urn, permalink=permalink(urn))


def permalink(urn: str) -> str:
    """Return where people see the post."""
    return f"https://www.linkedin.com/feed/update/{urn}/" if urn else ""


def _body(ctx: Context) -> dict[str, Any]:
    body: dict[str, Any] = {
        "author": ctx.account.external_id,
        "commentary": escape(draft_of(ctx).text),
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    return body | ({"content": content} if (content := _content(ctx)) else {})


def _content(ctx: Context) -> dict[str, Any]:
    draft, images = draft_of(ctx), ctx.progress.get("images", ())
    match draft.format:
        case "video":
            return {"media": {"id": ctx.progress["video"]}}
        case "image":
            return {"media": {"id": images[0], "altText": draft.media[0].alt_text}}
        case "images":
            pairs = zip(images, draft.media, strict=True)
            return {"multiImage": {"images": [{"id": urn, "altText": one.alt_text} for urn, one in pairs]}}
    if not draft.link:
        return {}
    article = {"source": draft.link, "title": draft.options.title or draft.link}
    return {"article": article | ({"thumbnail": images[0]} if images else {})}


RUN = {**upload.RUN, POST.name: post}
