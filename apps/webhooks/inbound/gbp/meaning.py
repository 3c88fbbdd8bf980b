"""What Google's notices and security events mean."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.errors.codes import ErrorCode
from apps.webhooks.inbound.choices import Act
from apps.webhooks.inbound.interface import Told
from apps.webhooks.inbound.reading import moment, word

_CHECKED = frozenset({"VOICE_OF_MERCHANT_UPDATED", "DUPLICATE_LOCATION", "LOSS_OF_VOICE_OF_MERCHANT"})
# Google sends nothing like these; should it, it is asked. What really finds a location that is gone or out of reach:
# the health check, and NOT_FOUND or PERMISSION_DENIED in answer to a post.
_NEVER_SENT = frozenset({"LOCATION_DELETED", "ACCESS_REVOKED"})
_DAILY = frozenset(
    {
        "GOOGLE_UPDATE",
        "NEW_REVIEW",
        "UPDATED_REVIEW",
        "NEW_CUSTOMER_MEDIA",
        "NEW_QUESTION",
        "UPDATED_QUESTION",
        "NEW_ANSWER",
        "UPDATED_ANSWER",
    }
)
_NOTED = frozenset({"account-enabled", "verification"})


def of_notice(data: Mapping[str, Any]) -> Told:
    """One notice about a location; none of them tells of a post or of a token."""
    said = data["said"]
    kind = word(said.get("notificationType") or said.get("type"), 80)
    account = word(said.get("location") or said.get("locationName")).rpartition("/")[2]
    at = _time(data.get("published"))
    if kind in _CHECKED | _NEVER_SENT:
        return Told(kind, Act.CHECK, at, account=account)
    return Told(kind, Act.NOTHING, at, account=account, known=kind in _DAILY)


def of_security_event(data: Mapping[str, Any]) -> Told:
    """One event of a Google account: https://developers.google.com/identity/protocols/risc#supported_event_types"""
    kind, event = data["type"].rpartition("/")[2][:80], data["event"]
    subject = event.get("subject")
    person = word(subject.get("sub")) if isinstance(subject, dict) else ""
    at = moment(event.get("event_timestamp")) or moment(data.get("issued"))
    if kind == "tokens-revoked":
        return Told(kind, Act.REVOKE, at, person=person, code=ErrorCode.AUTH_REVOKED)
    if kind == "account-disabled":
        why = word(event.get("reason"), 60)
        code = ErrorCode.ACCOUNT_ACTION_REQUIRED
        return Told(kind, Act.ATTENTION, at, person=person, code=code, note=why)
    if kind in {"token-revoked", "sessions-revoked", "account-credential-change-required", "account-purged"}:
        # One token of perhaps several, or none of ours: a check says whether what we have still works.
        return Told(kind, Act.CHECK, at, person=person)
    return Told(kind, Act.NOTHING, at, person=person, known=kind in _NOTED)


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(word(value, 40))
    except ValueError:
        return None
    return found if found.tzinfo else None
