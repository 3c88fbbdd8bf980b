"""One job: where it is and why, every try with its evidence, what happened, and what an operator can do."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from apps.connections.choices import STOPPED
from apps.connections.pages import account_page
from apps.console import timeline
from apps.console.accounts import account_of
from apps.console.page import actor, needs, show
from apps.console.questions import labels, say
from apps.console.ways import runbook_url
from apps.console.words import meaning
from apps.core import clock
from apps.core.problems import Problem
from apps.errors.messages import PLATFORM_NAMES
from apps.jobs import queries
from apps.jobs.actions.cancel import cancel
from apps.jobs.choices import FINAL, HeldFor, JobState
from apps.jobs.explain import explain
from apps.jobs.models import DeadLetter, Job

SHOWN = 50  # of the tries and of what happened


@needs("jobs.view_job")
def show_job(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Show one; an answer to its question is taken at once, cancelling is asked first."""
    job = get_object_or_404(Job.objects.across_tenants().select_related("tenant", "lane"), pk=pk)
    if request.method == "POST" and "said" in request.POST:
        say(request, str(job.pk), request.POST["said"])
        return redirect("admin:job", job.pk)
    wants_cancel = request.method == "POST" and request.POST.get("action") == "cancel"
    if wants_cancel and "confirm" in request.POST:
        return _cancel(request, job)
    context = _facts(job) | _way_on(request, job) | {"asks": wants_cancel}
    return show(request, "console/job.html", _title(job), context)


@needs("jobs.change_job")
def _cancel(request: HttpRequest, job: Job) -> HttpResponseBase:
    try:
        done = cancel(job.pk, tenant=job.tenant_id, actor=actor(request), at=clock.now())  # type: ignore[arg-type]
    except Problem as problem:
        messages.error(request, f"{problem.title}. {problem.detail}")
    else:
        said = (
            "Cancelled." if done.state == JobState.CANCELLED else "Noted: it is cancelled unless it went out."
        )
        messages.success(request, said)
    return redirect("admin:job", job.pk)


def _title(job: Job) -> str:
    return f"{job.kind.replace('_', ' ').capitalize()}: {job.get_state_display().lower()}"


def _facts(job: Job) -> dict[str, Any]:
    account = account_of(job.connection)
    content = job.args.get("content")
    return {
        "job": job,
        "account": account,
        "stopped": account is not None and account.status in STOPPED and job.state not in FINAL,
        "page": account_page(account) if account else "",
        "partner": PLATFORM_NAMES.get(job.platform, job.platform),
        "text": content.get("text", "") if isinstance(content, dict) else "",
        "args": json.dumps(job.args, indent=2, ensure_ascii=False),
        "why": explain(job, at=clock.now()),
        "means": meaning(job.error_code) if job.error_code else "",
        "runbook": runbook_url(job.error_code),
        "tries": list(queries.attempts_of(job)[:SHOWN]),
        "events": timeline.lines(timeline.of_job(job, most=SHOWN)),
        "letter": DeadLetter.objects.across_tenants().filter(job=job).first(),
        "parent": job.parent,
        "replays": list(Job.objects.across_tenants().filter(parent=job.pk).values_list("pk", flat=True)),
        "lane": _lane_url(job),
    }


def _way_on(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Return what this person can do about it."""
    may = request.user.has_perm("jobs.change_job") and job.tenant_id is not None
    asked = job.state == JobState.HELD and may
    can_cancel = may and job.state not in FINAL and job.held_for != HeldFor.UNCONFIRMED
    return {"answers": labels(job.held_for) if asked else [], "can_cancel": can_cancel}


def _lane_url(job: Job) -> str:
    return f"{reverse('admin:jobs_lane_changelist')}?q={job.lane.key}"
