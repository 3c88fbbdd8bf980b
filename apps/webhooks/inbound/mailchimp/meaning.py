"""What Mailchimp's events mean. Nobody signed them: the most that one does is to let us look."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from apps.webhooks.inbound.choices import Act
from apps.webhooks.inbound.interface import Told
from apps.webhooks.inbound.reading import word

_SUBSCRIBERS = frozenset({"subscribe", "unsubscribe", "profile", "upemail", "cleaned"})
# Mailchimp sends nothing like these; what really finds them out is the health check, which asks for the audience.
_NEVER_SENT = frozenset({"list_deleted", "api_key_rotated"})


def of_event(data: Mapping[str, Any]) -> Told:
    """One event of an audience; of its subscribers nothing is kept but that there was one."""
    kind, audience = word(data.get("type"), 80), word(data.get("data[list_id]"))
    at = _time(data.get("fired_at"))
    if kind == "campaign":
        post, status = word(data.get("data[id]")), word(data.get("data[status]"), 60)
        evidence = {"hint": f"campaign {status}".strip()}
        return Told(kind, Act.RESULT, at, account=audience, post=post, evidence=evidence)
    if kind in _NEVER_SENT:
        return Told(kind, Act.CHECK, at, account=audience)
    return Told(kind, Act.NOTHING, at, account=audience, known=kind in _SUBSCRIBERS)


def _time(value: object) -> datetime | None:
    """Its times are in UTC and do not say so."""
    try:
        return datetime.fromisoformat(word(value, 40)).replace(tzinfo=UTC)
    except ValueError:
        return None
