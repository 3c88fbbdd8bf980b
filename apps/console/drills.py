"""Drills: what was broken on purpose, what the house made of it, and the buttons to begin and to end one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_datetime

from apps.connections.models import Connection
from apps.console.page import actor, needs, show
from apps.core import clock
from apps.core.drilling import drills
from apps.core.problems import Problem
from apps.recovery.models import Incident
from apps.tenants import flags
from apps.tenants.choices import Flag

MAY_RUN = "drills.run_drill"
_MOMENTS = ("asked_at", "started_at", "detected_at", "healed_at", "recovered_at", "ended_at")
_STATES = {"asked": "Asked for", "opened": "On the stage", "running": "Running", "ended": "Ended"}
_VERDICTS = {
    "passed": ("success", "It held"),
    "failed": ("danger", "It did not hold"),
    "aborted": ("warning", "Aborted"),
    "not_run": ("plain", "Did not run"),
}
_FIGURES = (
    ("posts", "Posts of its own"),
    ("published", "Published on the stage"),
    ("held", "Waited at most"),
    ("lost", "Lost"),
    ("doubled", "Published twice"),
    ("withdrawn", "Taken back at its end"),
    ("alerts", "Alerts sent"),
    ("said", "Letters of the partner"),
    ("acted_on", "Events acted on"),
)


class DrillForm(forms.Form):
    """What is to be broken, how long, and how."""

    name = forms.ChoiceField(label="What is broken")
    seconds = forms.IntegerField(label="For how many seconds", initial=60, min_value=1, max_value=1800)
    rate = forms.IntegerField(
        label="Calls a minute that the partner lets through", initial=30, min_value=1, max_value=600
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = list(drills().offered().items())  # type: ignore[attr-defined]  # a choice field


@needs("drills.view_drillrun")
def show_drills(request: HttpRequest) -> HttpResponseBase:
    """List the newest; with a connection in the address, ask what is to be broken on it."""
    chosen = _chosen(request)
    if request.method == "POST":
        return _start(request, chosen)
    lines = [_in_words(one) for one in drills().cards(tenant=None)]
    may = chosen is not None and request.user.has_perm(MAY_RUN)
    context = {"lines": lines, "chosen": chosen, "form": DrillForm() if may else None}
    return show(request, "console/drills.html", "Drills", context)


@needs("drills.view_drillrun")
def show_drill(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Show a report card, or hand it out as a file; the first press of Abort asks, the second does it."""
    try:
        card = drills().card(pk, tenant=None)
    except ObjectDoesNotExist:
        raise Http404 from None
    if request.GET.get("as") == "json":
        answer = JsonResponse(dict(card), json_dumps_params={"indent": 2})
        answer["Content-Disposition"] = f'attachment; filename="drill-{pk}.json"'
        return answer
    if request.method == "POST" and "confirm" in request.POST:
        return _abort(request, pk)
    card = _in_words(card)
    names = Connection.objects.across_tenants().filter(pk__in=card["connections"]).select_related("tenant")
    context = {
        "card": card,
        "incidents": Incident.objects.filter(drill=card["id"]).order_by("pk"),
        "figures": [(words, card.get(name)) for name, words in _FIGURES],
        "connections": names.order_by("name", "pk"),
        "may_abort": not card["ended_at"] and request.user.has_perm(MAY_RUN),
        "pressed": request.method == "POST" and request.POST.get("action") == "abort",
    }
    return show(request, "console/drill.html", f"Drill: {card['words']}", context)


@needs(MAY_RUN)
def _start(request: HttpRequest, chosen: Connection | None) -> HttpResponseBase:
    form = DrillForm(request.POST)
    if chosen is None or not form.is_valid():
        messages.error(request, "Say what is to be broken, for how long, and on which connection.")
        return redirect("admin:drills")
    said = form.cleaned_data
    try:
        card = drills().start(
            said["name"],
            tenant=chosen.tenant_id,
            connections=[chosen.pk],
            duration=timedelta(seconds=said["seconds"]),
            rate=said["rate"],
            actor=actor(request),
            at=clock.now(),
        )
    except Problem as problem:
        messages.error(request, f"{problem.title}. {problem.detail}")
        return redirect("admin:connection", pk=chosen.pk)
    messages.success(request, "It begins within seconds.")
    return redirect("admin:drill", pk=card["id"])


@needs(MAY_RUN)
def _abort(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    try:
        drills().abort(pk, tenant=None, actor=actor(request), at=clock.now())
    except Problem as problem:
        messages.error(request, f"{problem.title}. {problem.detail}")
    else:
        messages.success(request, "It ends within seconds; what it broke is healed first.")
    return redirect("admin:drill", pk=pk)


def offers_drill(user: Any, connection: Connection) -> bool:
    """Return True when this person may break this connection on purpose."""
    return bool(user.has_perm(MAY_RUN)) and flags.enabled(connection.tenant_id, Flag.CHAOS_TESTS)


def _chosen(request: HttpRequest) -> Connection | None:
    said = request.POST.get("connection") or request.GET.get("connection")
    if not said:
        return None
    try:
        key = UUID(said)
    except ValueError:
        raise Http404 from None
    return get_object_or_404(Connection.objects.across_tenants().select_related("tenant"), pk=key)


def _in_words(card: Any) -> dict[str, Any]:
    """Return a card as people read it: moments as moments again, words for what it is about and how it went."""
    offered = drills().offered()
    return {
        **card,
        **{name: parse_datetime(card[name]) if card[name] else None for name in _MOMENTS},
        "words": offered.get(card["name"], card["name"].replace("_", " ").capitalize()).rstrip("."),
        "pill": _VERDICTS.get(card["verdict"]) or ("info", _STATES.get(card["state"], card["state"])),
    }
