"""Follows the log: when an account was stopped by its partner's answer, and when it published again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from apps.connections.choices import PausedBy
from apps.connections.models import Connection
from apps.events.models import Event
from apps.events.subscribers import Subscriber
from apps.insights import drilled
from apps.insights.choices import OutageEnd
from apps.insights.models import Outage

BEGINS = frozenset({"connection.paused", "connection.revoked"})
ENDS = {
    "connection.resumed": OutageEnd.RESUMED,
    "connection.pause_converted": OutageEnd.CONVERTED,
    "connection.disconnected": OutageEnd.DISCONNECTED,
}


def act(events: Sequence[Event], _at: datetime) -> None:
    """Open and close outages in the order of the events; what is told twice is written once."""
    real = drilled.without(events)
    subjects = {_connection(event) for event in real}
    rows = Connection.objects.across_tenants().filter(pk__in=subjects)
    platforms = dict(rows.values_list("pk", "platform"))
    for event in real:
        connection = _connection(event)
        if event.verb in ENDS:
            _close(connection, event)
        elif event.tenant and connection in platforms and event.data.get("by") != PausedBy.OPS:
            _open(connection, platforms[connection], event.tenant, event)


SUBSCRIBER = Subscriber(verbs=BEGINS | ENDS.keys(), act=act)


def _connection(event: Event) -> UUID:
    return UUID(event.subject.removeprefix("connection:"))


def _open(connection: UUID, platform: str, tenant: UUID, event: Event) -> None:
    """A second reason within one outage is the same outage."""
    covering = Outage.objects.across_tenants().filter(connection=connection, began_at__lte=event.at)
    if covering.filter(Q(ended_at=None) | Q(ended_at__gt=event.at)).exists():
        return
    row = Outage(
        tenant_id=tenant,
        connection=connection,
        platform=platform,
        code=event.data.get("code", ""),
        began_at=event.at,
    )
    Outage.objects.bulk_create([row], ignore_conflicts=True)


def _close(connection: UUID, event: Event) -> None:
    rows = Outage.objects.across_tenants().filter(
        connection=connection, ended_at=None, began_at__lte=event.at
    )
    rows.update(ended_at=event.at, end=ENDS[event.verb])
