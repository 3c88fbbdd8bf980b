"""What an endpoint was told, as its page shows it: each event with what the receiver made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.errors.codes import ErrorCode
from apps.jobs.models import Attempt
from apps.webhooks.catalogue.types import TEST, TYPES
from apps.webhooks.models import Endpoint
from apps.webhooks.outbound import queries
from apps.webhooks.outbound.choices import DeliveryState
from apps.webhooks.outbound.queries import Followed

_PILLS = {
    DeliveryState.WAITING: ("waiting", "On its way"),
    DeliveryState.DELIVERED: ("told", "Delivered"),
    DeliveryState.FAILED: ("failed", "Not taken"),
    DeliveryState.DROPPED: ("inactive", "Not sent"),
}
_SILENT = {
    ErrorCode.NETWORK_TIMEOUT: "It gave no answer within 15 seconds.",
    ErrorCode.NETWORK_ERROR: "It could not be reached.",
    ErrorCode.INTERNAL_ERROR: "We had trouble ourselves.",
}
_EGRESS = "system.egress"
_TAKEN = range(200, 300)


@dataclass(frozen=True, slots=True)
class Told:
    """One event on its way to the endpoint."""

    id: UUID
    words: str
    type: str
    happened_at: datetime
    pill: tuple[str, str]
    sentence: str
    next_at: datetime | None
    sent: str
    answer: str
    may_again: bool


def shown(endpoint: Endpoint, before: UUID | None, *, most: int, at: datetime) -> Sequence[Told]:
    """Return a page of what it was told, the newest first."""
    rows = queries.deliveries_of(endpoint)
    page = rows.filter(pk__lt=before) if before else rows
    return [_told(one, endpoint) for one in queries.follow(list(page[:most]), at=at)]


def _told(followed: Followed, endpoint: Endpoint) -> Told:
    one = followed.delivery
    state, last = DeliveryState(one.state), _last(followed.attempts)
    waits = state == DeliveryState.WAITING and endpoint.is_active
    return Told(
        id=one.pk,
        words=TEST.meaning if one.type == TEST.name else TYPES[one.type].meaning,
        type=one.type,
        happened_at=one.event_at,
        pill=_PILLS[state],
        sentence=_sentence(followed, state, last, endpoint),
        next_at=followed.explanation.next_at if waits and last and followed.explanation else None,
        sent=one.body,
        answer=last.evidence if last else "",
        may_again=state != DeliveryState.WAITING,
    )


def _last(attempts: Sequence[Attempt]) -> Attempt | None:
    return next((one for one in reversed(attempts) if one.finished_at), None)


def _sentence(followed: Followed, state: DeliveryState, last: Attempt | None, endpoint: Endpoint) -> str:
    if state == DeliveryState.DROPPED:
        return "Somebody took it out before it was sent."
    said = _said(last) if last else ""
    if state == DeliveryState.WAITING and not endpoint.is_active and followed.delivery.type != TEST.name:
        return f"{said} It waits until you resume.".strip()
    if state == DeliveryState.WAITING:
        return f"{said} We try again by ourselves." if last else "It goes out in a moment."
    if state == DeliveryState.FAILED and len(followed.attempts) > 1:
        return f"We tried {len(followed.attempts)} times. {said}"
    return said


def _said(last: Attempt) -> str:
    if last.http_status in _TAKEN:
        return f"It answered {last.http_status} within {last.latency_ms or 0} milliseconds."
    if last.http_status:
        return f"It answered {last.http_status}."
    if last.rule_id == _EGRESS:
        return "Its name leads to an address that we do not send to."
    return _SILENT.get(ErrorCode(last.error_code), "It gave no answer.") if last.error_code else ""
