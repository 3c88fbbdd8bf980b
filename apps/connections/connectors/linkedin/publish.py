"""Publishing on LinkedIn, step by step."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from apps.connections.connectors.base import text_id
from apps.connections.connectors.interface import AccountFacts, Context, PostDraft, Request, Step, StepResult
from apps.connections.connectors.linkedin.answers import escape, headers, refused, rest

INITIALISE = Step("initialise")
UPLOAD = Step("upload", time_limit=60)
POST = Step("post", commit=True)


def steps(draft: PostDraft, _account: AccountFacts) -> tuple[Step, ...]:
    """Return the steps of this format."""
    return (INITIALISE, UPLOAD, POST) if draft.format == "image" else (POST,)


async def initialise(ctx: Context) -> StepResult:
    """Ask for a place to put the image."""
    body = {"initializeUploadRequest": {"owner": ctx.account.external_id}}
    url = rest(ctx, "images")
    answer = await ctx.wire.send(
        Request(
            "POST", url, headers=headers(ctx.app, ctx.token), params={"action": "initializeUpload"}, json=body
        )
    )
    if not answer.ok:
        return refused(answer, operation="upload", about="account")
    value = answer.value("value") or {}
    return StepResult(
        progress={"image": text_id(value.get("image")), "upload_url": str(value.get("uploadUrl", ""))}
    )


async def upload(ctx: Context) -> StepResult:
    """Put the image's bytes, with one PUT; a place that has expired is asked for again."""
    url = str(ctx.progress["upload_url"])
    if urlsplit(url).hostname not in _upload_hosts(ctx):
        return StepResult(restart_at=INITIALISE.name)
    media = _draft(ctx).media[0]
    content = await asyncio.to_thread(media.read, 0, media.size)
    answer = await ctx.wire.send(
        Request(
            "PUT",
            url,
            headers={"Authorization": f"Bearer {ctx.token}"},
            body=content,
            time_limit=UPLOAD.time_limit,
        )
    )
    if answer.ok:
        return StepResult()
    result = refused(answer, operation="upload", about="media")
    expired = answer.value("code") == "EXPIRED_UPLOAD_URL"
    return StepResult(failure=result.failure, answer=answer, restart_at=INITIALISE.name if expired else "")


def _upload_hosts(ctx: Context) -> set[str | None]:
    """A partner names the upload's URL; our token goes to its own hosts only."""
    return {urlsplit(ctx.app.urls["LINKEDIN_API_URL"]).hostname, "www.linkedin.com", "api.linkedin.com"}


async def post(ctx: Context) -> StepResult:
    """Publish; the id comes in a header, the body is empty."""
    request = Request("POST", rest(ctx, "posts"), headers=headers(ctx.app, ctx.token), json=_body(ctx))
    answer = await ctx.wire.send(request)
    if not answer.ok:
        return refused(answer, operation="publish", about="account")
    urn = answer.headers.get("x-restli-id", "")
    return StepResult(remote_id=urn, permalink=permalink(urn))


def permalink(urn: str) -> str:
    """Return where people see the post."""
    return f"https://www.linkedin.com/feed/update/{urn}/" if urn else ""


def _body(ctx: Context) -> dict[str, Any]:
    draft = _draft(ctx)
    body: dict[str, Any] = {
        "author": ctx.account.external_id,
        "commentary": escape(draft.text),
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    if draft.format == "image":
        body["content"] = {"media": {"id": ctx.progress["image"], "altText": draft.media[0].alt_text}}
    elif draft.link:
        body["content"] = {"article": {"source": draft.link, "title": draft.options.title or draft.link}}
    return body


def _draft(ctx: Context) -> PostDraft:
    if ctx.draft is None:
        raise ValueError("A publish step needs a draft.")
    return ctx.draft


RUN = {INITIALISE.name: initialise, UPLOAD.name: upload, POST.name: post}
