"""Operations in the console: look at what would happen, begin, follow, steer."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from apps.console.page import actor, needs, show
from apps.console.timeline import names_of
from apps.console.turn import turn
from apps.core import clock
from apps.core.problems import Problem
from apps.recovery import filters, queries
from apps.recovery.actions import operate
from apps.recovery.choices import ItemResult, OperationKind, Prediction
from apps.recovery.filters import Asked, OperationInvalid
from apps.recovery.models import Operation
from apps.recovery.operations.preview import Preview, first_rows, preview

FIRST, PAGE = 20, 50
_LISTS = {"ids", "connections", "endpoints"}
# What somebody must be allowed to do to one before they do it to many.
_TO_ONE: Mapping[str, str] = {
    OperationKind.ASK: "recovery.send_prompt",
    OperationKind.RESUME: "connections.resume_connection",
    OperationKind.RELEASE: "jobs.change_hold",
    OperationKind.REDELIVER: "webhooks.operate_endpoint",
}
_STEER: Mapping[str, Callable[..., Operation]] = {
    "pause": operate.pause,
    "resume": operate.go_on,
    "abort": operate.abort,
}


@needs("recovery.add_operation")
def plan(request: HttpRequest) -> HttpResponseBase:
    """Say what would happen to whom; when it is confirmed, begin."""
    problems: list[str] = []
    try:
        _demand_right(request)
        asked = _asked(request)
        if request.method == "POST":
            operation, _ = operate.start(asked, tenant=None, actor=actor(request), at=clock.now())
            return redirect("admin:operation", operation.pk)
    except OperationInvalid as invalid:
        if request.method != "POST":
            messages.error(request, "This cannot be planned: " + " ".join(_words(invalid)))
            return redirect("admin:recovery_operation_changelist")
        problems = _words(invalid)
        asked = _asked(request, checked=False)
    found = preview(asked, tenant=None, at=clock.now())
    context = {
        "kind": asked.kind,
        "found": found,
        "counts": [(word.label, found.counts[word]) for word in Prediction if word in found.counts],
        "rows": first_rows(found, FIRST),
        "about": about(found.duration),
        "quotas": _quotas(found),
        "problems": problems,
        "sign_ins": len({row.grant_id for row, _ in found.rows}) if asked.kind == OperationKind.ASK else 0,
    }
    title = f"{asked.kind.label}: {found.total}?"
    return show(request, "console/plan.html", title, context, status=422 if problems else 200)


@needs("recovery.view_operation")
def show_operation(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Show how far it is and what became of each subject."""
    operation = _find(pk)
    items = turn(request, queries.items_of(operation), by="pk", size=PAGE)
    return show(
        request,
        "console/operation.html",
        operation.get_kind_display(),
        {**_progress(operation), "page": items},
    )


@needs("recovery.view_operation")
def show_progress(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Return the bar alone, for the page that asks every few seconds."""
    return TemplateResponse(request, "console/progress.html", _progress(_find(pk)))


@needs("recovery.change_operation")
@require_POST
def steer(request: HttpRequest, pk: UUID, verb: str) -> HttpResponseBase:
    """Pause it, let it go on, or abort it."""
    if verb not in _STEER:
        raise Http404
    try:
        _STEER[verb](_find(pk).pk, tenant=None, actor=actor(request), at=clock.now())
    except Problem as problem:
        messages.error(request, f"{problem.title}. {problem.detail}")
    return redirect("admin:operation", pk)


def about(duration: timedelta) -> str:
    """Return how long something takes, as people say it."""
    minutes = duration.total_seconds() / 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:  # noqa: PLR2004 - until then minutes are easier to grasp
        return f"about {minutes:.0f} minutes"
    return f"about {minutes / 60:.0f} hours"


def _asked(request: HttpRequest, *, checked: bool = True) -> Asked:
    """Read the wish: what it is about stands in the address, how it is done in the form."""
    said = request.GET
    chosen: dict[str, Any] = {
        name: said[name].split(",") if name in _LISTS else said[name] for name in said if name != "kind"
    }
    kind = said.get("kind", "")
    names = filters.OPTIONS[OperationKind(kind)] if kind in OperationKind.values else ()
    options: dict[str, Any] = {name: request.POST[name] for name in names if request.POST.get(name)}
    if kind == OperationKind.RESUME:
        options = {"backfill": request.method != "POST" or "backfill" in request.POST}
    if kind == OperationKind.RESOLVE and (request.method != "POST" or not checked):
        options["reason"] = "It is being planned."
    return filters.check(kind, chosen, options)


def _demand_right(request: HttpRequest) -> None:
    right = _TO_ONE.get(request.GET.get("kind", ""))
    if right and not request.user.has_perm(right):
        raise PermissionDenied


def _words(invalid: OperationInvalid) -> list[str]:
    return [str(problem["message"]) for problem in invalid.fields]


def _quotas(found: Preview) -> list[dict[str, Any]]:
    """Return the use by partner, over all tenants."""
    by_partner: dict[str, dict[str, Any]] = {}
    for quota in found.quotas:
        partner = quota.scope.rpartition(":")[2]
        row = by_partner.setdefault(partner, {"partner": partner, "calls": 0, "available": 0})
        row["calls"] += quota.calls
        row["available"] += quota.available
    return list(by_partner.values())


def _progress(operation: Operation) -> dict[str, Any]:
    counts = [(word.label, operation.counts[word]) for word in ItemResult if word in operation.counts]
    who = names_of([operation.actor])[operation.actor]
    return {"operation": operation, "counts": counts, "who": who}


def _find(pk: UUID) -> Operation:
    return get_object_or_404(queries.operations_across_tenants(), pk=pk)
