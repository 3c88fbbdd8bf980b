"""Jobs that wait for a person: is it there, is it still wanted, may it go on. One press answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from apps.connections.models import Connection
from apps.connections.pages import account_page
from apps.console.page import actor, needs, show
from apps.console.ways import plan_url, questions_url
from apps.core import clock
from apps.core.problems import Problem
from apps.jobs import counts, queries
from apps.jobs.actions.answer import ANSWERS, IT_IS_THERE, PUBLISH, SEND_AGAIN, SKIP, answer
from apps.jobs.choices import HeldFor
from apps.jobs.explain import explain_many
from apps.jobs.models import Job
from apps.recovery.words import partner_name

PAGE = 25


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a person, and what they read beside it."""

    title: str
    words: str
    empty: str


ASKS: Mapping[str, Ask] = {
    HeldFor.UNCONFIRMED: Ask(
        "Unconfirmed posts",
        "We sent these and the partner did not say whether it took them. Open the account, look, then answer:"
        " what is there and is sent again is there twice.",
        "Every post that went out is accounted for.",
    ),
    HeldFor.APPROVAL: Ask(
        "Late posts",
        "These would go out later than their tenant wants them published unasked. Its people are asked, too.",
        "No post is late.",
    ),
    HeldFor.OPS: Ask(
        "Jobs held for operations",
        "Their cause is ours, or an operator stopped them. What may be out already is looked for first.",
        "Operations hold nothing back.",
    ),
}
LABELS: Mapping[str, str] = {
    IT_IS_THERE: "It is there",
    SEND_AGAIN: "Send it again",
    PUBLISH: "Publish it still",
    SKIP: "Skip it",
}
GO_ON = "Let it go on"  # what sending again means where operations had stopped it
DONE: Mapping[str, str] = {
    IT_IS_THERE: "Counted as published.",
    SEND_AGAIN: "On its way.",
    PUBLISH: "On its way.",
    SKIP: "Skipped; it is not published.",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One job, as an operator reads it."""

    job: Job
    text: str
    account: str
    partner: str
    page: str
    sentence: str


@needs("jobs.view_job")
def show_questions(request: HttpRequest) -> HttpResponseBase:
    """List the jobs that wait for one sort of answer, the oldest first; a press on a button answers."""
    if request.method == "POST":
        return _take(request)
    held_for = request.GET.get("for", HeldFor.UNCONFIRMED)
    if held_for not in ASKS:
        return redirect(questions_url(HeldFor.UNCONFIRMED))
    rows = list(_after(queries.held_across_tenants(held_for), request.GET.get("after", ""))[: PAGE + 1])
    held = counts.held_across_tenants()
    context = {
        "ask": ASKS[held_for],
        "questions": read(rows[:PAGE]),
        "answers": labels(held_for),
        "tabs": [
            (ask.title, questions_url(name), str(held[name][0]) if name in held else 0, name == held_for)
            for name, ask in ASKS.items()
        ],
        "further": f"{questions_url(held_for)}&after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "begun": "after" in request.GET,
        "held_for": held_for,
        "all": plan_url("release") if held_for == HeldFor.OPS else "",
        "may_answer": request.user.has_perm("jobs.change_job"),
    }
    return show(request, "console/questions.html", ASKS[held_for].title, context)


@needs("jobs.change_job")
def _take(request: HttpRequest) -> HttpResponseBase:
    say(request, request.POST.get("job", ""), request.POST.get("said", ""))
    held_for = request.POST.get("for", "")
    return redirect(questions_url(held_for if held_for in ASKS else HeldFor.UNCONFIRMED))


def say(request: HttpRequest, job: str, said: str) -> None:
    """
    Answer for a job, and tell the person what became of it.

    :raises PermissionDenied: when they may look only.
    """
    if not request.user.has_perm("jobs.change_job"):
        raise PermissionDenied
    try:
        row = Job.objects.across_tenants().get(pk=UUID(job), tenant__isnull=False)
        answer(row.pk, said, tenant=row.tenant_id, actor=actor(request), at=clock.now())  # type: ignore[arg-type]
    except (ValueError, Job.DoesNotExist):
        messages.error(request, "There is no such job.")
    except Problem as problem:
        messages.error(request, f"{problem.title}. {problem.detail}")
    else:
        messages.success(request, DONE[said])


def labels(held_for: str) -> list[tuple[str, str]]:
    """Return the answers that a job held for this takes, with their words."""
    found = [(said, LABELS[said]) for said in ANSWERS[HeldFor(held_for)]]
    return [
        (said, GO_ON if held_for == HeldFor.OPS and said == SEND_AGAIN else words) for said, words in found
    ]


def read(rows: Sequence[Job]) -> list[Question]:
    """Return the jobs with what a person must know to answer; a fixed number of queries for however many."""
    wanted = {one.connection for one in rows if one.connection}
    accounts = Connection.objects.across_tenants().in_bulk(wanted)
    why = explain_many(rows, at=clock.now())
    return [
        _question(one, accounts.get(one.connection) if one.connection else None, why[one.pk].sentence)
        for one in rows
    ]


def _question(job: Job, account: Connection | None, sentence: str) -> Question:
    content: Any = job.args.get("content")
    text = str(content.get("text", "")) if isinstance(content, dict) else ""
    return Question(
        job=job,
        text=text,
        account=account.name if account else "",
        partner=partner_name(account) if account else job.platform,
        page=account_page(account) if account else "",
        sentence=job.error_message or sentence,
    )


def _after(rows: Any, key: str) -> Any:
    try:
        return rows.filter(pk__gt=UUID(key))
    except ValueError:
        return rows
