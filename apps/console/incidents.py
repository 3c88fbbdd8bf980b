"""Incidents: what many connections have in common, since when, what was tried, and three buttons."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from apps.connections.models import Connection
from apps.console.page import actor, needs, show
from apps.console.timeline import names_of
from apps.console.turn import turn
from apps.core import clock
from apps.core.problems import Problem
from apps.recovery import queries
from apps.recovery.actions.operate_incident import ask_to_reconnect, close_now, release_now
from apps.recovery.choices import Family
from apps.recovery.models import Hit, Incident, Trial

PAGE = 50
SHOWN = 30  # of the trials and of the tenants


@dataclass(frozen=True, slots=True)
class Button:
    """Something an operator can do; it is asked once before it is done."""

    name: str
    label: str
    question: str
    done: str
    act: Callable[..., Incident]


BUTTONS = {
    one.name: one
    for one in (
        Button(
            "release",
            "Release now",
            "Everything that is held goes on at once. What meets the cause again is held again.",
            "Released. If most of it fails again, it is held again within seconds.",
            release_now,
        ),
        Button(
            "close",
            "Close",
            "Everything that is held goes on, and nobody looks any more. What fails is then treated singly.",
            "Closed.",
            close_now,
        ),
        Button(
            "prompt",
            "Ask people to reconnect",
            "Each held connection is paused by itself and its people are told to reconnect. This cannot be taken back.",
            "Each connection is paused; its people are told.",
            ask_to_reconnect,
        ),
    )
}


@needs("recovery.view_incident")
def show_incidents(request: HttpRequest) -> HttpResponseBase:
    """List the incidents, the open ones first, then those that are over, the newest first."""
    page = turn(request, Incident.objects.exclude(closed_at=None), by="-pk", size=PAGE)
    open_ones = [] if page.first else list(queries.open_incidents_across_tenants())
    lines = [(one, _extent(one)) for one in (*open_ones, *page.rows)]
    return show(request, "console/incidents.html", "Incidents", {"page": page, "lines": lines})


@needs("recovery.view_incident")
def show_incident(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Show one; the first press of a button asks, the second does it."""
    incident = get_object_or_404(Incident, pk=pk)
    pressed = BUTTONS.get(request.POST.get("action", "")) if request.method == "POST" else None
    if pressed and "confirm" in request.POST:
        return _act(request, incident, pressed)
    context = {
        "incident": incident,
        "extent": _extent(incident),
        "held": queries.open_hits(incident).count(),
        "lasts": (incident.closed_at or clock.now()) - incident.first_seen,
        "codes": incident.codes.items(),
        "tried": _tried(incident),
        "tenants": _tenants(incident),
        "buttons": _buttons(request, incident),
        "pressed": pressed,
        "dead": _dead(incident),
        "closed_by": names_of([incident.closed_by])[incident.closed_by],
    }
    return show(request, "console/incident.html", str(incident.get_family_display()), context)


@needs("recovery.act_on_incident")
def _act(request: HttpRequest, incident: Incident, pressed: Button) -> HttpResponseBase:
    try:
        pressed.act(incident.pk, actor=actor(request), at=clock.now())
    except Problem as problem:
        messages.error(request, f"{problem.title}. {problem.detail}")
    else:
        messages.success(request, pressed.done)
    return redirect("admin:recovery_incident", pk=incident.pk)


def _extent(incident: Incident) -> queries.Extent:
    if incident.closed_at:
        return queries.Extent(incident.tenants, incident.connections, incident.jobs)
    return queries.extent(incident)


def _buttons(request: HttpRequest, incident: Incident) -> list[Button]:
    if incident.closed_at or not request.user.has_perm("recovery.act_on_incident"):
        return []
    prompted = incident.family == Family.AUTHORISATION
    return [one for one in BUTTONS.values() if one.name != "prompt" or prompted]


def _tenants(incident: Incident) -> list[tuple[str, int]]:
    hits = Hit.objects.across_tenants().filter(incident=incident).values_list("tenant__name")
    return list(hits.annotate(connections=Count("pk")).order_by("-connections", "tenant__name")[:SHOWN])


def _tried(incident: Incident) -> list[tuple[Trial, str]]:
    """Return what was tried last, with the account that it was tried on."""
    rows = list(queries.trials(incident).select_related("lane", "job")[:SHOWN])
    names = {
        one.pk: f"{one.name} of {one.tenant.name}"
        for one in Connection.objects.across_tenants()
        .select_related("tenant")
        .filter(pk__in=[row.job.connection for row in rows if row.job.connection])
    }
    return [(row, names.get(row.job.connection, row.lane.key) if row.job.connection else "") for row in rows]


def _dead(incident: Incident) -> str:
    """Where the jobs stand that ended before the incident was seen; they can be replayed from there."""
    if incident.family != Family.SIGNATURE:
        return ""
    code = next(iter(incident.codes), "")
    since: datetime = incident.first_seen
    return (
        f"{reverse('admin:jobs_deadletter_changelist')}?error_code__exact={code}"
        f"&platform__exact={incident.platform}&resolved_at__isempty=1&created_at__gte={since:%Y-%m-%d}"
    )
