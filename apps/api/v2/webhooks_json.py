"""How endpoints, deliveries and event types look to a caller."""

from datetime import datetime
from typing import Any

from apps.jobs.models import Attempt
from apps.webhooks.catalogue.payload import example, rfc3339
from apps.webhooks.catalogue.shape import EventType
from apps.webhooks.models import Endpoint
from apps.webhooks.outbound.queries import Followed


def endpoint_to_json(endpoint: Endpoint) -> dict[str, Any]:
    """Return an endpoint without its secrets."""
    return {
        "id": str(endpoint.pk),
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": endpoint.event_types,
        "active": endpoint.is_active,
        "paused": {"at": _moment(endpoint.paused_at), "why": endpoint.paused_for}
        if endpoint.paused_at
        else None,
        "failing_since": _moment(endpoint.failing_since),
        "previous_secret_until": _moment(endpoint.previous_until),
        "created_at": _moment(endpoint.created_at),
    }


def delivery_to_json(followed: Followed, *, whole: bool = False) -> dict[str, Any]:
    """Return a delivery with what is sent and the last try; `whole` adds every try."""
    one, explained = followed.delivery, followed.explanation
    waits = explained if explained and not one.ended_at else None
    tries = [attempt_to_json(attempt) for attempt in followed.attempts]
    body = {
        "id": str(one.pk),
        "webhook": str(one.endpoint_id),
        "webhook_id": one.message_id,
        "type": one.type,
        "sequence": one.sequence,
        "event_at": _moment(one.event_at),
        "created_at": _moment(one.created_at),
        "state": one.state,
        "ended_at": _moment(one.ended_at),
        "tries": len(tries),
        "last_try": tries[-1] if tries else None,
        "next_try_at": _moment(waits.next_at) if waits else None,
        "explain": waits.sentence if waits else None,
        "job": str(followed.job.pk) if followed.job else None,
        "request": {"method": "POST", "url": one.endpoint.url, "body": one.body},
    }
    return {**body, "attempts": tries} if whole else body


def attempt_to_json(attempt: Attempt) -> dict[str, Any]:
    """Return one try: what came back, capped, and how long it took."""
    return {
        "number": attempt.number,
        "at": _moment(attempt.started_at),
        "outcome": attempt.outcome or None,
        "code": attempt.error_code or None,
        "latency_ms": attempt.latency_ms,
        "response": {"status": attempt.http_status, "body": attempt.evidence}
        if attempt.finished_at
        else None,
    }


def type_to_json(of: EventType) -> dict[str, Any]:
    """Return an event type."""
    return {
        "type": of.name,
        "category": of.category,
        "version": of.version,
        "meaning": of.meaning,
        "schema": of.schema(),
        "example": example(of),
    }


def _moment(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None
