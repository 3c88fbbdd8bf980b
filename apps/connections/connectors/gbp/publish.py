"""Publishing on a location, step by step."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from apps.connections.connectors.base import text_id, unproven
from apps.connections.connectors.gbp.answers import PLATFORM, call, posts_path, refused
from apps.connections.connectors.gbp.options import Event
from apps.connections.connectors.interface import Answer, Context, Shape, Step, StepResult

LOCAL_POST = Step("local_post", commit=True)
POLL = Step("poll", poll=True, calls={"read": 1})
POLL_EVERY = 60.0
MEDIA_URL_LIFETIME = timedelta(hours=2)
MARKER = "utm_id"
TOPICS = {"event": "EVENT", "offer": "OFFER"}


def steps(_shape: Shape) -> tuple[Step, ...]:
    """Return the steps of every format."""
    return (LOCAL_POST, POLL)


def marker(ctx: Context) -> str:
    """Return what tells our post from another with the same words; a replay looks for what the job before it sent."""
    return f"rk{str(ctx.cycle).replace('-', '')[-12:]}"


def marked(ctx: Context, link: str) -> str:
    """Return the link with our marker in its query."""
    parts = urlsplit(link)
    query = [*parse_qsl(parts.query, keep_blank_values=True), (MARKER, marker(ctx))]
    return urlunsplit(parts._replace(query=urlencode(query)))


async def local_post(ctx: Context) -> StepResult:
    """Publish; a post that is looked at first is polled."""
    answer = await ctx.wire.send(call(ctx, "POST", posts_path(ctx), json=_body(ctx)))
    if not answer.ok or answer.value("state") == "REJECTED":
        return refused(answer, operation="publish", about="account")
    if not (name := text_id(answer.value("name"))):
        return unproven(PLATFORM, answer)
    return StepResult(remote_id=name, permalink=str(answer.value("searchUrl") or ""), progress={"name": name})


async def poll(ctx: Context) -> StepResult:
    """Ask whether it is live."""
    name = str(ctx.progress.get("name", ""))
    if not name:
        return StepResult()  # its answer was lost, and it was found in the listing
    answer = await ctx.wire.send(call(ctx, "GET", name))
    return _state(answer)


def _state(answer: Answer) -> StepResult:
    if not answer.ok or answer.value("state") == "REJECTED":
        return refused(answer, operation="poll", about="post")
    return StepResult() if answer.value("state") == "LIVE" else StepResult(poll_after=POLL_EVERY)


def _body(ctx: Context) -> dict[str, Any]:
    if ctx.draft is None:
        raise ValueError("A publish step needs a draft.")
    draft, options = ctx.draft, ctx.draft.options
    topic = TOPICS.get(draft.format, "STANDARD")
    body: dict[str, Any] = {"languageCode": options.language, "summary": draft.text, "topicType": topic}
    if options.event:
        body["event"] = {"title": options.event.title, "schedule": _schedule(options.event)}
    if topic == "OFFER" and options.offer:
        parts = {
            "couponCode": options.offer.coupon,
            "redeemOnlineUrl": options.offer.redeem_url,
            "termsConditions": options.offer.terms,
        }
        body["offer"] = {name: value for name, value in parts.items() if value}
    if draft.link:
        body["callToAction"] = {"actionType": options.button, "url": marked(ctx, draft.link)}
    if draft.media:
        body["media"] = [{"mediaFormat": "PHOTO", "sourceUrl": draft.media[0].public_url(MEDIA_URL_LIFETIME)}]
    return body


def _schedule(event: Event) -> dict[str, Any]:
    return {**_parts("start", event.starts_at), **_parts("end", event.ends_at)}


def _parts(edge: str, at: datetime) -> dict[str, Any]:
    return {
        f"{edge}Date": {"year": at.year, "month": at.month, "day": at.day},
        f"{edge}Time": {"hours": at.hour, "minutes": at.minute},
    }


RUN = {LOCAL_POST.name: local_post, POLL.name: poll}
