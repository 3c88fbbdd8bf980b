"""Writing to the event log: in the same transaction as the change it tells of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from apps.core import ids
from apps.events.models import Event
from apps.events.verbs import VERBS


class OutsideTransaction(RuntimeError):
    """An event was recorded outside the transaction of the change it tells of."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be recorded; `subject` is `connection:<id>` and the like."""

    verb: str
    tenant: UUID | None
    subject: str
    actor: str
    at: datetime
    cycle: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def record(
    verb: str,
    *,
    tenant: UUID | None,
    subject: str,
    actor: str,
    at: datetime,
    cycle: UUID | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """
    Record one event.

    :raises OutsideTransaction: without a transaction around it.
    :raises NotPlugged: for a verb that no app has declared.
    """
    record_many([NewEvent(verb, tenant, subject, actor, at, cycle, data or {})])


def record_many(events: Sequence[NewEvent]) -> None:
    """Record several events with one INSERT. Raises as `record` does."""
    if not connection.in_atomic_block:
        raise OutsideTransaction("An event belongs into the transaction of the change it tells of.")
    for event in events:
        VERBS.get(event.verb)
    Event.objects.bulk_create(
        [
            Event(
                id=ids.uuid7(),
                tenant=event.tenant,
                verb=event.verb,
                subject=event.subject,
                actor=event.actor,
                at=event.at,
                cycle=event.cycle,
                data=dict(event.data),
            )
            for event in events
        ]
    )
