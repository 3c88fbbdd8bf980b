"""Publishing on Mailchimp, step by step. The campaign's title carries our job id, so that we know our own again."""

import html

from apps.connections.connectors.base import draft_of, failure, text_id, unproven
from apps.connections.connectors.interface import Answer, Context, Shape, Step, StepResult
from apps.connections.connectors.mailchimp.answers import PLATFORM, TIME_LIMIT, call, refused

CREATE = Step("create", calls={"write": 2}, time_limit=TIME_LIMIT)
CONTENT = Step("content", time_limit=TIME_LIMIT)
CHECKLIST = Step("checklist", calls={"read": 1}, time_limit=TIME_LIMIT)
SEND = Step("send", commit=True, time_limit=TIME_LIMIT)
POLL = Step("poll", poll=True, calls={"read": 1}, time_limit=TIME_LIMIT)
POLL_EVERY = 10.0
NO_CONTENT = 204  # what sending is answered with
OUT = frozenset({"sending", "sent"})


def steps(_shape: Shape) -> tuple[Step, ...]:
    """Return the steps of a campaign."""
    return (CREATE, CONTENT, CHECKLIST, SEND, POLL)


def title(ctx: Context) -> str:
    """Return the title that only we see."""
    return f"Reknit {ctx.job_id}"


async def create(ctx: Context) -> StepResult:
    """Create the campaign, unless an earlier try has done so without our knowing."""
    if found := await _created_before(ctx):
        return StepResult(progress={"campaign": found})
    options = draft_of(ctx).options
    settings = {
        "subject_line": options.subject,
        "preview_text": options.preview,
        "title": title(ctx),
        "from_name": options.from_name,
        "reply_to": options.reply_to,
    }
    body = {"type": "regular", "recipients": {"list_id": ctx.account.external_id}, "settings": settings}
    answer = await ctx.wire.send(call(ctx, "POST", "campaigns", json=body))
    if not answer.ok:
        return refused(answer, operation="publish", about="account")
    made = text_id(answer.value("id"))
    return StepResult(progress={"campaign": made}) if made else unproven(PLATFORM, answer)


async def _created_before(ctx: Context) -> str:
    query = {
        "list_id": ctx.account.external_id,
        "sort_field": "create_time",
        "sort_dir": "DESC",
        "count": "50",
    }
    answer = await ctx.wire.send(call(ctx, "GET", "campaigns", params=query))
    rows = answer.value("campaigns") if answer.ok else None
    for row in rows if isinstance(rows, list) else []:
        if (row.get("settings") or {}).get("title") == title(ctx):
            return text_id(row.get("id"))
    return ""


async def content(ctx: Context) -> StepResult:
    """Give the campaign its text."""
    draft = draft_of(ctx)
    paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in draft.text.split("\n\n"))
    link = f'<p><a href="{html.escape(draft.link)}">{html.escape(draft.link)}</a></p>' if draft.link else ""
    answer = await ctx.wire.send(
        call(ctx, "PUT", f"campaigns/{ctx.progress['campaign']}/content", json={"html": paragraphs + link})
    )
    return StepResult() if answer.ok else _refused_or_gone(answer)


async def checklist(ctx: Context) -> StepResult:
    """Ask whether Mailchimp would send it: what is missing is the author's to mend."""
    answer = await ctx.wire.send(call(ctx, "GET", f"campaigns/{ctx.progress['campaign']}/send-checklist"))
    if not answer.ok:
        return _refused_or_gone(answer)
    if answer.value("is_ready") is True:
        return StepResult()
    items = answer.value("items") or []
    missing = "; ".join(
        str(item.get("details", ""))
        for item in items
        if isinstance(item, dict) and item.get("type") == "error"
    )
    detail = f'{{"title": "Bad Request", "detail": "Your Campaign is not ready to send. {missing[:300]}"}}'
    stated = Answer(status=400, headers=answer.headers, body=detail.encode())
    return StepResult(failure=failure(PLATFORM, stated, operation="publish"), answer=answer)


async def send(ctx: Context) -> StepResult:
    """Send it. A second time would be refused, a second campaign would be mailed twice."""
    campaign = str(ctx.progress["campaign"])
    answer = await ctx.wire.send(call(ctx, "POST", f"campaigns/{campaign}/actions/send"))
    if not answer.ok:
        return refused(answer, operation="publish")
    return StepResult(remote_id=campaign) if answer.status == NO_CONTENT else unproven(PLATFORM, answer)


async def poll(ctx: Context) -> StepResult:
    """Wait until it has left."""
    answer = await ctx.wire.send(call(ctx, "GET", f"campaigns/{ctx.progress['campaign']}"))
    if not answer.ok:
        return refused(answer, operation="poll")
    if answer.value("status") == "sent":
        return StepResult(permalink=str(answer.value("archive_url") or ""))
    return StepResult(poll_after=POLL_EVERY)


def _refused_or_gone(answer: Answer) -> StepResult:
    """A campaign that somebody deleted meanwhile is created again: it has not been sent."""
    result = refused(answer, operation="publish", about="post")
    gone = answer.status == 404  # noqa: PLR2004 - HTTP
    return StepResult(restart_at=CREATE.name) if gone else result


RUN = {
    CREATE.name: create,
    CONTENT.name: content,
    CHECKLIST.name: checklist,
    SEND.name: send,
    POLL.name: poll,
}
