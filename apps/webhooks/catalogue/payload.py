"""The text that a host product is sent: what its type says of an event, and nothing else."""

from datetime import UTC, datetime
from typing import Any

import orjson

from apps.events.models import Event
from apps.recovery.timeline import who
from apps.webhooks.catalogue.shape import EventType


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
    """Return what such an event looks like."""
    data = {field.name: of.example.get(field.name, field.example) for field in of.data}
    return {
        "id": "evt_019a8c505c0070008000000000000001",
        "type": of.name,
        "version": of.version,
        "time": "2026-11-24T12:00:00.250000Z",
        "sequence": 41,
        "tenant": "019a8c50-5c00-7000-8000-0000000000aa",
        "actor": "system",
        "cycle": None,
        "data": data,
    }
