"""Writing to the event log: in the same transaction as the change it tells of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from apps.core import ids
from apps.core.prepared import ask, rowset
from apps.events.verbs import VERBS

# Every settled job records an event: through the ORM that took longer than all other writes of a settle.
_INSERT = """
INSERT INTO events_event (id, tenant, verb, subject, actor, at, cycle, data)
SELECT id, tenant, verb, subject, actor, at, cycle, data
FROM jsonb_to_recordset(%(rows)s) AS r(
    id uuid, tenant uuid, verb text, subject text, actor text, at timestamptz, cycle uuid, data jsonb)
"""


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
    rows = [
        {
            "id": ids.uuid7(),
            "tenant": event.tenant,
            "verb": event.verb,
            "subject": event.subject,
            "actor": event.actor,
            "at": event.at,
            "cycle": event.cycle,
            "data": event.data,
        }
        for event in events
    ]
    if rows:
        ask(_INSERT, {"rows": rowset(rows)})
