"""Who is told of what recovery sees: the subscriber that turns events into prompts and into notices to operations.

It may be given an event twice. Prompts are open once, and a notice has the key of its cause: each is told once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from apps.connections.models import Connection
from apps.errors import messages
from apps.errors.codes import ErrorCode
from apps.errors.messages import PLATFORM_NAMES
from apps.events.models import Event
from apps.events.subscribers import Subscriber
from apps.notifications import audience
from apps.notifications.actions.notify import notify
from apps.notifications.letter import Letter
from apps.recovery import letters, prompts
from apps.recovery.actions.hold_for_operations import AUTOPAUSE_OFF
from apps.recovery.choices import Family
from apps.recovery.models import Incident

ACTOR = "system:notices"
STOPS = frozenset({"connection.paused", "connection.revoked"})
ENDS = frozenset(
    {
        "connection.resumed",
        "connection.reconnected",
        "connection.disconnected",
        "connection.pause_converted",  # an incident took the pause back
    }
)
ALARMS = frozenset({"incident.opened", "incident.closed", "error.critical", "lane.parked"})
# A subscriber that is new, or reads again from the beginning, rings no alarm of last month.
STALE = timedelta(days=1)
AT_ONCE = timedelta(seconds=10)  # an incident opens that soon after what it is about


def act(events: Sequence[Event], at: datetime) -> None:
    """Open and close prompts in the order of the events, and tell operations of alarms."""
    for event in events:
        if event.verb in STOPS and event.data.get("by") == "auto":
            prompts.open_for(event)
        elif event.verb in ENDS and event.tenant:
            prompts.close_healed([event.tenant], at=at)
        elif event.verb in ALARMS and event.at > at - STALE:
            _tell_operations(event, at)


SUBSCRIBER = Subscriber(verbs=STOPS | ENDS | ALARMS, act=act)


def _tell_operations(event: Event, at: datetime) -> None:
    letter = _letter(event)
    if letter:
        notify(
            key=_key(event),
            letter=letter,
            to=audience.operations(at=at),
            tenant=None,
            about=event.subject,
            actor=ACTOR,
            at=at,
        )


def _key(event: Event) -> str:
    """An incident is told once; an error that goes on, once a day for each partner and kind."""
    if event.verb.startswith("incident."):
        return f"{event.verb}:{event.subject}"
    cause = event.data.get("code", "")
    where = event.data.get("platform", "") if event.verb == "error.critical" else event.subject
    return f"{event.verb}:{where}:{cause}:{event.at:%Y-%m-%d}"


def _letter(event: Event) -> Letter | None:
    if event.verb == "error.critical":
        return None if _incident_tells(event) else _critical(event)
    if event.verb == "lane.parked":
        return _not_paused(event) if event.data.get("by") == AUTOPAUSE_OFF else None
    return _incident(event)


def _incident_tells(event: Event) -> bool:
    """One cause, one alert: an incident that was opened for it has been told."""
    mine = Incident.objects.filter(
        platform=event.data.get("platform", ""), drill="", opened_at__lte=event.at + AT_ONCE
    )
    return mine.filter(Q(closed_at=None) | Q(closed_at__gte=event.at)).exists()


def _critical(event: Event) -> Letter:
    partner = _partner(event)
    return letters.operations(
        f"{partner}: an error that concerns everybody",
        messages.OPERATOR[ErrorCode(event.data["code"])],
        "Jobs that meet it are kept, with their evidence, until somebody acts.",
    )


def _not_paused(event: Event) -> Letter | None:
    connection = (
        Connection.objects.across_tenants()
        .select_related("tenant")
        .filter(pk=event.data["connection"])
        .first()
    )
    if connection is None:
        return None
    return letters.operations(
        f"{connection.name} lost its access, and auto-pause is off",
        f"{connection.tenant.name} wants no connection paused by itself. The posts of {connection.name} are held.",
        "Let them reconnect, then release the hold.",
    )


def _incident(event: Event) -> Letter:
    partner, over = _partner(event), event.verb == "incident.closed"
    counted = ", ".join(
        f"{event.data[name]} {words}" for name, words in _COUNTS.items() if event.data.get(name) is not None
    )
    drill = "Drill: " if event.data.get("drill") else ""
    return letters.operations(
        f"{drill}{partner} {(_OVER if over else _BEGAN)[Family(event.data['family'])]}",
        "The incident is over; what was held is going out." if over else _OPENED,
        *([f"Concerned: {counted}."] if counted else []),
        *([f"It took {_minutes(event.data['seconds'])}."] if event.data.get("seconds") else []),
    )


def _minutes(seconds: float) -> str:
    minutes = max(round(seconds / 60), 1)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


# Two causes at one partner are two messages, and must not look like one that came twice.
_BEGAN = {
    Family.AVAILABILITY: "does not answer as it should",
    Family.AUTHORISATION: "refuses access that worked",
    Family.APP: "stopped our app",
    Family.SIGNATURE: "has a problem",
}
_OVER = {
    Family.AVAILABILITY: "answers again",
    Family.AUTHORISATION: "gives access again",
    Family.APP: "takes our app again",
    Family.SIGNATURE: "works again",
}
_OPENED = (
    "Many connections fail there for the same reason. Their jobs are held; no customer is asked to reconnect."
)
_COUNTS = {"tenants": "tenants", "connections": "connections", "jobs": "held jobs"}


def _partner(event: Event) -> str:
    platform = str(event.data.get("platform", ""))
    return PLATFORM_NAMES.get(platform, platform or "A partner")
