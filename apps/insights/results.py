"""Keeps what checks found: the subscriber that turns `connection.checked` into results and into what is known now."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from apps.connections.choices import ConnectionStatus, Health
from apps.connections.models import Connection
from apps.core.chance import RNG
from apps.events.models import Event
from apps.events.subscribers import Subscriber
from apps.insights import drilled, pace
from apps.insights.models import ConnectionHealth, HealthResult

_KNOWN = ["status", "code", "warnings", "latency_ms", "checked_at", "proven_at", "due_at"]


def act(events: Sequence[Event], _at: datetime) -> None:
    """Keep each check once, and what the newest of each connection says; old events change nothing."""
    told = {event.pk: event for event in drilled.without(events) if "status" in event.data}
    HealthResult.objects.bulk_create(
        [_result(event, event.tenant) for event in told.values() if event.tenant], ignore_conflicts=True
    )
    newest = {_connection(event): event for event in sorted(told.values(), key=lambda one: one.at)}
    _remember(newest)


SUBSCRIBER = Subscriber(verbs=frozenset({"connection.checked"}), act=act)


def _connection(event: Event) -> UUID:
    return UUID(event.subject.removeprefix("connection:"))


def _result(event: Event, tenant: UUID) -> HealthResult:
    return HealthResult(
        id=event.pk,
        tenant_id=tenant,
        connection=_connection(event),
        platform=event.data["platform"],
        at=event.at,
        **_said(event),
    )


def _said(event: Event) -> dict[str, object]:
    return {name: event.data[name] for name in ("status", "code", "warnings", "latency_ms")}


def _remember(newest: dict[UUID, Event]) -> None:
    """What a connection is known for changes only with a newer check; one that is disconnected is not known again."""
    mine = Connection.objects.across_tenants().filter(pk__in=newest).exclude(status=ConnectionStatus.INACTIVE)
    owners = dict(mine.values_list("pk", "tenant"))
    ConnectionHealth.objects.bulk_create(
        [
            ConnectionHealth(connection_id=pk, tenant_id=tenant, due_at=newest[pk].at)
            for pk, tenant in owners.items()
        ],
        ignore_conflicts=True,
    )
    rows = ConnectionHealth.objects.across_tenants().select_for_update().filter(pk__in=owners)
    fresh = [
        row for row in rows.order_by("pk") if row.checked_at is None or row.checked_at < newest[row.pk].at
    ]
    for row in fresh:
        _take_in(row, newest[row.pk])
    ConnectionHealth.objects.across_tenants().bulk_update(fresh, _KNOWN)


def _take_in(row: ConnectionHealth, event: Event) -> None:
    for name, value in _said(event).items():
        setattr(row, name, value)
    row.checked_at = event.at
    if row.status == Health.UNKNOWN:
        row.due_at = min(row.due_at, event.at + pace.wait_again(RNG))
    else:
        row.proven_at, row.due_at = event.at, event.at + pace.wait(RNG)
