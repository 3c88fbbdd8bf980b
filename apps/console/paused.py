"""Connections that publish nothing now: why, since when, what waits, and the way back; one or many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode

from apps.connections import queries
from apps.connections.choices import REFUSED, Platform
from apps.connections.models import Connection
from apps.console.connections import Button, buttons_for
from apps.console.page import needs, show
from apps.console.ways import NO_CODE, plan_url, runbook_url
from apps.console.words import meaning
from apps.events.models import Event
from apps.jobs import queries as jobs
from apps.recovery.notices import STOPS
from apps.recovery.words import build_pause_reason, partner_name

PAGE = 25
ROW_BUTTONS = ("resume", "prompt", "check")


@dataclass(frozen=True, slots=True)
class Line:
    """One stopped connection, as an operator reads it."""

    connection: Connection
    partner: str
    why: str
    means: str
    rule: str
    waiting: int
    runbook: str
    buttons: Sequence[Button]


@needs("connections.view_connection")
def show_paused(request: HttpRequest) -> HttpResponseBase:
    """List them, the longest first; ticked ones go to the preview of their resumption."""
    if request.method == "POST":
        return _plan(request)
    chosen = {name: request.GET[name] for name in ("platform", "code") if request.GET.get(name)}
    rows = _filtered(queries.stopped_across_tenants(), chosen)
    found = list(_after(rows, request.GET.get("after", ""))[: PAGE + 1])
    lines = _lines(request, found[:PAGE])
    context = {
        "lines": lines,
        "chips": _chips(chosen),
        "further": _further(chosen, found[PAGE - 1]) if len(found) > PAGE else "",
        "begun": "after" in request.GET,
        "may_operate": request.user.has_perm("recovery.add_operation"),
        "whole": _whole(chosen),
        "ask": _ask(request, chosen, lines),
    }
    return show(request, "console/paused.html", "Paused connections", context)


@needs("recovery.add_operation")
def _plan(request: HttpRequest) -> HttpResponseBase:
    ticked = request.POST.getlist("connection")
    if not ticked:
        messages.warning(request, "Tick the connections that you mean.")
        return redirect(request.get_full_path())
    kind = "ask" if request.POST.get("do") == "ask" else "resume"
    return redirect(plan_url(kind, ids=",".join(ticked)))


def _filtered(rows: QuerySet[Connection], chosen: Mapping[str, str]) -> QuerySet[Connection]:
    if platform := chosen.get("platform"):
        rows = rows.filter(platform=platform)
    if code := chosen.get("code"):
        rows = rows.filter(pause_reason="" if code == NO_CODE else code)
    return rows.select_related("tenant", "grant").order_by("paused_at", "pk")


def _after(rows: QuerySet[Connection], key: str) -> QuerySet[Connection]:
    """Go on behind a row: an index knows the order, and nothing is counted over."""
    said, _, pk = key.rpartition("_")
    try:
        at, last = parse_datetime(said), UUID(pk)
    except ValueError:
        return rows
    return rows.filter(Q(paused_at__gt=at) | Q(paused_at=at, pk__gt=last)) if at else rows


def _lines(request: HttpRequest, found: Sequence[Connection]) -> list[Line]:
    waiting = jobs.waiting_counts_across_tenants([one.pk for one in found])
    granted = queries.scopes_of(found)
    rules = _rules(found)
    return [
        Line(
            connection=one,
            partner=partner_name(one),
            why=build_pause_reason(one.pause_reason, one, granted=granted.get(one.grant_id)),
            means=meaning(one.pause_reason) if one.pause_reason else "",
            rule=rules.get(f"connection:{one.pk}", ""),
            waiting=waiting.get(one.pk, 0),
            runbook=runbook_url(one.pause_reason),
            buttons=[button for button in buttons_for(request.user, one) if button.name in ROW_BUTTONS],
        )
        for one in found
    ]


def _rules(found: Sequence[Connection]) -> dict[str, str]:
    """Return the rule that stopped each, as its pause was written down."""
    stopped = Event.objects.filter(
        subject__in=[f"connection:{one.pk}" for one in found], verb__in=STOPS
    ).order_by("id")
    return {one.subject: str(one.data.get("rule", "")) for one in stopped}


def _further(chosen: Mapping[str, str], last: Connection) -> str:
    at: datetime | None = last.paused_at
    return urlencode({**chosen, "after": f"{at.isoformat() if at else ''}_{last.pk}"})


def _whole(chosen: Mapping[str, str]) -> str:
    """Return the preview of resuming everything that is listed; those without a code are the operators' own."""
    wish = dict(chosen)
    if wish.get("code") == NO_CODE:
        wish = {**wish, "paused_by": "ops"}
        del wish["code"]
    return plan_url("resume", **wish)


def _ask(request: HttpRequest, chosen: Mapping[str, str], lines: Sequence[Line]) -> str:
    """Return the preview of asking the people of everything that is listed; nothing where nobody waits for them."""
    waits = any(one.connection.status in REFUSED for one in lines)
    return plan_url("ask", **chosen) if waits and request.user.has_perm("recovery.send_prompt") else ""


def _chips(chosen: Mapping[str, str]) -> list[tuple[str, str]]:
    page = reverse("admin:paused")
    named = {"platform": dict(Platform.choices), "code": {NO_CODE: "stopped by operations"}}
    found = []
    for name, value in chosen.items():
        rest: dict[str, Any] = {other: said for other, said in chosen.items() if other != name}
        found.append((named[name].get(value, value), f"{page}?{urlencode(rest)}"))
    return found
