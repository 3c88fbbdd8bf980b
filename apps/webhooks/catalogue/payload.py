"""The text that a host product is sent: what its type says of an event, and nothing else."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from apps.events.models import Event
from apps.recovery.timeline import who
from apps.webhooks.catalogue.shape import EventType

_AN_EVENT = UUID("019a8c50-5c00-7000-8000-000000000009")
_A_TENANT = UUID("019a8c50-5c00-7000-8000-0000000000aa")
_A_MOMENT = datetime(2026, 11, 24, 12, 0, 0, 250000, tzinfo=UTC)


def build(event: Event, of: EventType, *, sequence: int | None) -> dict[str, Any]:
    """Return the payload of a tenant's event."""
    return {
        "id": f"evt_{event.pk.hex}",
        "type": of.name,
        "version": of.version,
        "time": rfc3339(event.at),
        "sequence": sequence,
        "tenant": str(event.tenant),
        "actor": who(event),
        "cycle": str(event.cycle) if event.cycle else None,
        "data": {field.name: field.read(event) for field in of.data},
    }


def render(event: Event, of: EventType, *, sequence: int | None) -> str:
    """Return the payload as it is sent and signed, to the byte."""
    return orjson.dumps(build(event, of, sequence=sequence)).decode()


def rfc3339(at: datetime) -> str:
    """Return a time in UTC as RFC 3339 writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def example(of: EventType) -> dict[str, Any]:
    """Return what such an event looks like: built like any other."""
    data = {field.name: of.example.get(field.name, field.example) for field in of.data}
    about = next((field.name for field in of.data if field.is_subject), "job")
    event = Event(
        id=_AN_EVENT,
        tenant=_A_TENANT,
        subject=f"{about}:{data.get(about)}",
        actor="system:engine",
        at=_A_MOMENT,
        data=data,
    )
    return build(event, of, sequence=41)
