"""One connection: how it is, what holds it and why, what happened, and what an operator can do about it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from apps.connections import routes
from apps.connections.actions.disconnect import disconnect
from apps.connections.choices import STOPPED, ConnectionStatus
from apps.connections.lanes import all_scopes
from apps.connections.models import Connection
from apps.connections.pages import account_page
from apps.console import timeline
from apps.console.drills import offers_drill
from apps.console.machinery import machinery_of
from apps.console.page import actor, needs, show
from apps.console.ways import runbook_url
from apps.core import clock
from apps.core.problems import Problem
from apps.jobs import queries as jobs
from apps.jobs.models import Hold
from apps.notifications.models import Notice
from apps.recovery.actions.ask_now import ask_now
from apps.recovery.actions.check_now import check_now
from apps.recovery.actions.hold_hits import WHO
from apps.recovery.actions.pause import pause
from apps.recovery.actions.resume import resume
from apps.recovery.prompts import ASKING
from apps.recovery.words import build_pause_reason, partner_name

T = TypeVar("T")
SHOWN = 30  # of what happened


class NoForm(forms.Form):
    """Nothing more is asked."""


class ReasonForm(forms.Form):
    """Why: operators read it later."""

    why = forms.CharField(max_length=500, label="Why? Other operators read this; its people do not.")


class CatchUpForm(forms.Form):
    """Whether what waited goes out."""

    backfill = forms.BooleanField(
        required=False, initial=True, label="Then publish what waited, by the tenant's late policy"
    )


@dataclass(frozen=True, slots=True)
class Button:
    """Something an operator can do; it is asked once before it is done. `act` returns what is said then."""

    name: str
    label: str
    permission: str
    question: str
    act: Callable[..., str]
    states: frozenset[str]
    form: type[forms.Form] = field(default=NoForm)


def _pause(connection: Connection, said: dict[str, Any], who: str, at: datetime) -> str:
    pause(connection, why=said["why"], actor=who, at=at)
    return f"{connection.name} is paused. What is due waits; nothing is lost."


def _resume(connection: Connection, said: dict[str, Any], who: str, at: datetime) -> str:
    back = resume(connection, actor=who, at=at, backfill=said["backfill"])
    return f"{', '.join(one.name for one in back)} may publish again."


def _check(connection: Connection, _said: dict[str, Any], who: str, at: datetime) -> str:
    _, fresh = check_now(connection, actor=who, at=at)
    if not fresh:
        return "It is being checked already. Look again in a moment."
    return f"{partner_name(connection)} is being asked. The answer appears below in a moment."


def _ask(connection: Connection, _said: dict[str, Any], who: str, at: datetime) -> str:
    notice: Notice | None = ask_now(connection, actor=who, at=at)
    names = ", ".join(notice.names) if notice else ""
    return f"On its way to {names}." if names else "Written, but nobody there wants to be told of pauses."


def _disconnect(connection: Connection, _said: dict[str, Any], who: str, at: datetime) -> str:
    cancelled = disconnect(connection, actor=who, at=at)
    plural = "" if cancelled == 1 else "s"
    return f"{connection.name} is disconnected; {cancelled} planned post{plural} cancelled."


_CONNECTED = frozenset(ConnectionStatus) - {ConnectionStatus.INACTIVE}
BUTTONS = {
    one.name: one
    for one in (
        Button(
            "prompt",
            "Send the reconnect prompt now",
            "recovery.send_prompt",
            "Its people get the mail that they would get by themselves, at once. One an hour, however often it is pressed.",
            _ask,
            frozenset(ASKING),
        ),
        Button(
            "resume",
            "Resume",
            "connections.resume_connection",
            "It publishes again with the access that we have. If the partner refuses that, it stops again.",
            _resume,
            STOPPED,
            CatchUpForm,
        ),
        Button(
            "pause",
            "Pause",
            "connections.pause_connection",
            "Nothing more goes out until an operator resumes it. Its people are asked nothing.",
            _pause,
            frozenset({ConnectionStatus.ACTIVE}),
            ReasonForm,
        ),
        Button(
            "check",
            "Check now",
            "connections.check_connection",
            "One question to the partner, through every hold. Nothing is published.",
            _check,
            _CONNECTED,
        ),
        Button(
            "disconnect",
            "Disconnect",
            "connections.disconnect_connection",
            "Its planned posts are cancelled and our access is erased. Its people can connect it again. Posts already published stay.",
            _disconnect,
            _CONNECTED,
        ),
    )
}


@needs("connections.view_connection")
def show_connection(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Show one; the first press of a button asks, the second does it."""
    rows = Connection.objects.across_tenants().select_related("tenant", "grant")
    connection = get_object_or_404(rows, pk=pk)
    pressed = BUTTONS.get(request.POST.get("action", "")) if request.method == "POST" else None
    if pressed and not request.user.has_perm(pressed.permission):
        raise PermissionDenied
    confirmed = "confirm" in request.POST
    form = pressed.form(request.POST if confirmed else None) if pressed else None
    if pressed and form and confirmed and form.is_valid():
        return _act(request, connection, pressed, form.cleaned_data)
    context = (
        _facts(connection)
        | _happened(request, connection)
        | {
            "buttons": buttons_for(request.user, connection),
            "drill": routes.open_on([connection.pk], at=clock.now()).first(),
            "offers_drill": offers_drill(request.user, connection),
            "pressed": pressed,
            "form": form,
        }
    )
    return show(
        request, "console/connection.html", connection.name, context, status=422 if confirmed else 200
    )


def _act(
    request: HttpRequest, connection: Connection, pressed: Button, said: dict[str, Any]
) -> HttpResponseBase:
    try:
        done = pressed.act(connection, said, actor(request), clock.now())
    except Problem as problem:
        messages.error(request, f"{problem.title}. {problem.detail}")
    else:
        messages.success(request, done)
    return redirect("admin:connection", pk=connection.pk)


def _happened(request: HttpRequest, connection: Connection) -> dict[str, Any]:
    """Look back from a moment that somebody named, or from the event at the end of the page before."""
    until = _read(datetime.fromisoformat, request.GET.get("until"))
    until = until.replace(tzinfo=UTC) if until else None
    before = _read(UUID, request.GET.get("before"))
    told = timeline.of_connection(connection.pk, until=until, before=before, most=SHOWN + 1)
    return {
        "events": timeline.lines(told[:SHOWN]),
        "until": until,
        "looks_back": bool(until or before),
        "earlier": told[SHOWN - 1].pk if len(told) > SHOWN else None,
    }


def _read(read: Callable[[str], T], word: str | None) -> T | None:
    """Return what a word says; one that says nothing is none."""
    try:
        return read(word) if word else None
    except ValueError:
        return None


def _facts(connection: Connection) -> dict[str, Any]:
    waiting = jobs.waiting_counts([connection.pk], tenant=connection.tenant_id)
    holds = list(Hold.objects.filter(scope__in=all_scopes(connection), closed_at=None).order_by("since"))
    return {
        "connection": connection,
        "partner": partner_name(connection),
        "runbook": runbook_url(connection.pause_reason),
        "page": account_page(connection),
        "why": build_pause_reason(connection.pause_reason, connection) if connection.paused_at else "",
        "waiting": waiting.get(connection.pk, 0),
        "holds": [(hold, _ends(hold)) for hold in holds],
        "machinery": machinery_of(connection, holds, at=clock.now()),
    }


def _ends(hold: Hold) -> str:
    """Say when a hold ends, or who ends it."""
    if hold.until:
        return f"{hold.until:%-d %b %H:%M:%S}"
    return "by itself" if hold.who in {"", WHO} else f"when {hold.who} act"


def buttons_for(user: Any, connection: Connection) -> list[Button]:
    """Return what this person can do to it as it is now."""
    return [
        one for one in BUTTONS.values() if connection.status in one.states and user.has_perm(one.permission)
    ]
