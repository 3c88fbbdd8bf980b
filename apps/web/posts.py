"""Every post of the tenant: where it is, why, when it goes on, and what a person can do about it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.connections import queries as connections
from apps.connections.choices import REFUSED, ConnectionStatus
from apps.connections.models import Connection
from apps.connections.pages import account_page
from apps.core import clock
from apps.jobs import queries as jobs
from apps.jobs.choices import OPEN, HeldFor, JobState
from apps.jobs.explain import Explanation, explain_many
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Job
from apps.publishing.jobs import Publish
from apps.publishing.models import Target
from apps.recovery.words import build_pause_reason, partner_name
from apps.tenants import queries as tenants
from apps.tenants.choices import Role
from apps.tenants.models import Membership
from apps.web.access import for_members

PAGE = 30
MINUTE = timedelta(minutes=1)
ASKED = Q(state=JobState.HELD, held_for__in=[HeldFor.UNCONFIRMED, HeldFor.APPROVAL])
OWN = ~Q(passes__contains=[HoldReason.DRILL])  # what a drill publishes was seen on its stage alone
# What a person may look for: its word in the address, what it is called, and which posts it means.
VIEWS: Mapping[str, tuple[str, Q]] = {
    "": ("All", Q()),
    "asked": ("Needs your word", ASKED),
    "waiting": ("On their way", Q(state__in=sorted(OPEN)) & ~ASKED),
    "out": ("Published", Q(state=JobState.SUCCEEDED)),
    "not-out": ("Not published", Q(state__in=[JobState.FAILED, JobState.DEAD, JobState.CANCELLED])),
}
# How a state looks and what it is called; what waits for a word is told apart by what it is asked.
_PILLS = {
    JobState.SUCCEEDED: ("active", "Published"),
    JobState.FAILED: ("attention", "Not taken"),
    JobState.DEAD: ("attention", "Stopped"),
    JobState.CANCELLED: ("inactive", "Not published"),
    JobState.HELD: ("paused", "Needs your word"),
    JobState.VERIFYING: ("", "Being looked for"),
    JobState.RUNNING: ("", "Going out"),
    JobState.WAITING: ("", "Going out"),
    JobState.QUEUED: ("", "Planned"),
}
_WAITS = ("paused", "Waits")
_ENDS = {
    JobState.SUCCEEDED: "It is out.",
    JobState.DEAD: "We tried and could not do it.",
    JobState.CANCELLED: "It was taken out before it went.",
    JobState.RUNNING: "{partner} is taking it right now.",
    JobState.VERIFYING: "{partner} did not answer. We look whether it is there before we do anything else.",
    JobState.WAITING: "{partner} is still working on it.",
}
_QUESTIONS = {
    HeldFor.UNCONFIRMED: "{partner} took it and did not say whether it is out. Is it there?",
    HeldFor.APPROVAL: "It is late. Shall it still go out?",
    HeldFor.OPS: "Our team looks at it before it goes out.",
}
_BLOCKED = {
    "queue": "It goes out in a moment.",
    "running": "It goes out in a moment.",
    "missed": "It waited while the account was stopped. Nobody has said yet whether it goes out.",
    "late": "It is late. We are about to ask whether it still goes out.",
    "twin": "The same post is on its way already; this one waits for it.",
    "bucket": "{partner} allows so many posts at a time; it goes out by itself.",
    "quarantine": "We had trouble with it ourselves and try once more.",
}
_HELD = {
    "connection": "Its account is stopped. It goes out when that works again.",
    "refresh": "We are renewing our access at {partner}. It goes out by itself.",
    "incident": "{partner} has a problem right now. It goes out by itself.",
    "breaker": "{partner} fails right now. It goes out by itself.",
    "throttle": "{partner} asks us to slow down. It goes out by itself.",
}
_STOPPED_BY_US = "Our team has stopped it for the moment."


@dataclass(frozen=True, slots=True)
class Post:
    """One post, as the page shows it."""

    job: UUID
    text: str
    account: str
    partner: str
    pill: tuple[str, str]
    sentence: str
    due_at: datetime
    next_at: datetime | None
    link: str
    look_at: str  # the account's own page, beside "Is it there?"
    question: str  # what a person is asked, if anything
    reconnect: bool  # its account needs that first
    again: bool  # a person can have it tried once more
    whole: UUID | None = None  # what it is one account's part of


@for_members()
def show(request: HttpRequest, member: Membership) -> HttpResponse:
    """List the tenant's posts, the newest first, page by page."""
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in VIEWS else ""
    rows = jobs.jobs_of(tenant=member.tenant_id).filter(VIEWS[chosen][1], OWN, kind=Publish.name)
    page, older = _page(rows, request.GET.get("before", ""))
    context = {
        "tenant": member.tenant,
        "member": member,
        "posts": shown(page, tenant=member.tenant_id, at=clock.now()),
        "views": [(word, name, word == chosen) for word, (name, _) in VIEWS.items()],
        "chosen": chosen,
        "older": older,
        "may_answer": tenants.may(member, Role.OPERATOR),
    }
    return render(request, "web/posts.html", context)


def _page(rows: QuerySet[Job], before: str) -> tuple[list[Job], UUID | None]:
    """Return a page of them, and before which id the next begins."""
    with suppress(ValueError):  # what is no id leads to the first page
        rows = rows.filter(pk__lt=UUID(before)) if before else rows
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def shown(page: Sequence[Job], *, tenant: UUID, at: datetime) -> list[Post]:
    """Return these posts as pages show them; those of accounts that are gone are left out."""
    accounts = {row.pk: row for row in connections.connections_of(tenant=tenant)}
    why, anew = explain_many(page, at=at), jobs.to_run_again(page)
    parts = Target.objects.for_tenant(tenant).filter(job__in=[job.pk for job in page])
    wholes = dict(parts.values_list("job", "post"))
    found = [
        _post(job, accounts[job.connection], why[job.pk], again=job.pk in anew)
        for job in page
        if job.connection in accounts
    ]
    return [replace(one, whole=wholes.get(one.job)) for one in found]


def _post(job: Job, account: Connection, why: Explanation, *, again: bool) -> Post:
    partner = partner_name(account)
    asked = job.state == JobState.HELD and job.held_for in {HeldFor.UNCONFIRMED, HeldFor.APPROVAL}
    return Post(
        job=job.pk,
        text=str(job.args.get("content", {}).get("text", ""))[:200],
        account=account.name,
        partner=partner,
        pill=_WAITS if why.blocked_by.startswith("hold:") else _PILLS[JobState(job.state)],
        sentence=_sentence(job, account, why).format(partner=partner),
        due_at=job.due_at,
        next_at=_later_than_due(job, why),
        link=job.permalink,
        look_at=account_page(account),
        question=job.held_for if asked else "",
        reconnect=why.blocked_by == f"hold:{HoldReason.CONNECTION}" and account.status in REFUSED,
        again=again and account.status != ConnectionStatus.INACTIVE,
    )


def _later_than_due(job: Job, why: Explanation) -> datetime | None:
    """Return when it goes on, where that is another time than people read beside it."""
    if job.state != JobState.QUEUED or why.next_at is None or why.next_at < job.due_at + MINUTE:
        return None
    return why.next_at


def _sentence(job: Job, account: Connection, why: Explanation) -> str:
    """Say in the tenant's words why it is where it is; the engine's own name lanes and limits."""
    if job.state in {JobState.FAILED, JobState.DEAD} and job.error_code:
        return build_pause_reason(job.error_code, account)
    if job.state == JobState.HELD:
        return _QUESTIONS[HeldFor(job.held_for)]
    if ends := _ENDS.get(JobState(job.state)):
        return ends
    sort, _, what = why.blocked_by.partition(":")
    if sort == "hold":
        return _HELD.get(what.partition(":")[0], _STOPPED_BY_US)
    return _BLOCKED.get(sort, _later(job))


def _later(job: Job) -> str:
    if job.throttles:
        return "{partner} asks us to slow down. It goes out by itself."
    return "The last try failed; we try again by ourselves." if job.attempts else "It is planned."
