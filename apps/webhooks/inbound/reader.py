"""Reads what came in, and acts on each event once: what is done and that it is done are committed together."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from apps.core import clock, metrics
from apps.core.prepared import ask
from apps.webhooks.inbound import alarms, whom
from apps.webhooks.inbound.acting import Result, act
from apps.webhooks.inbound.choices import Act, Ending, IntakeState
from apps.webhooks.inbound.intake import key_of
from apps.webhooks.inbound.interface import Malformed, Piece, Told
from apps.webhooks.inbound.registry import RECEIVERS
from apps.webhooks.metrics import RECEIVED
from apps.webhooks.models import IncomingEvent, Intake

logger = logging.getLogger(__name__)
BATCH = 50  # POSTs a transaction
BUDGET = 15.0  # seconds a run; what is left goes at the next
_UNSEEN = """
INSERT INTO webhooks_seen (key, at) SELECT DISTINCT key, %(at)s::timestamptz FROM unnest(%(keys)s::uuid[]) AS key
ORDER BY key ON CONFLICT (key) DO NOTHING RETURNING key
"""


@dataclass(slots=True)
class _Heard:
    """An event on its way: what it says, or why that cannot be told."""

    row: Intake
    piece: Piece
    told: Told
    trouble: str = ""


def read_new(*, budget: float = BUDGET) -> int:
    """
    Read what waits, the oldest first, and return how many POSTs that were. Safe to run anywhere and twice at a time.

    :raises OperationalError: when the database is away; what was not committed is read again.
    """
    end, count = time.monotonic() + budget, 0
    while time.monotonic() < end:
        found = _read_some()
        count += found
        if found < BATCH:
            break
    return count


@transaction.atomic
def _read_some() -> int:
    rows = list(
        Intake.objects.select_for_update(skip_locked=True)
        .filter(state=IntakeState.NEW)
        .order_by("id")[:BATCH]
    )
    if rows:
        read(rows, at=clock.now())
    return len(rows)


def read(rows: Sequence[Intake], *, at: datetime, again: bool = False) -> list[IncomingEvent]:
    """Act on what these POSTs say; on what was heard before only when it is to be heard `again`."""
    heard = [one for row in rows for one in _split(row)]
    if not again:
        heard = _unseen(heard, at)
    meant = whom.find((one.told, one.row) for one in heard)
    events = [_event(one, _act(one, meant, at), at) for one in heard]
    IncomingEvent.objects.bulk_create(events)
    _close(rows, at)
    transaction.on_commit(lambda: _count(rows, events))
    return events


def _count(rows: Sequence[Intake], events: Sequence[IncomingEvent]) -> None:
    platforms = {row.pk: row.platform for row in rows}
    malformed = [(row.platform, "malformed") for row in rows if row.trouble]
    failed = [(platforms[one.intake], "failed") for one in events if one.ending == Ending.FAILED]
    metrics.count(RECEIVED, [*malformed, *failed])


def _close(rows: Sequence[Intake], at: datetime) -> None:
    read_well = [row.pk for row in rows if not row.trouble]
    Intake.objects.filter(pk__in=read_well).update(state=IntakeState.READ, read_at=at, trouble="")
    for row in rows:
        if row.trouble:
            Intake.objects.filter(pk=row.pk).update(
                state=IntakeState.MALFORMED, read_at=at, trouble=row.trouble
            )
    alarms.of_malformed({row.receiver for row in rows if row.trouble}, at=at)


def _split(row: Intake) -> list[_Heard]:
    row.trouble = ""
    try:
        pieces = RECEIVERS[row.receiver].split(bytes(row.body))
    except Exception as error:  # noqa: BLE001 - one form that nobody foresaw must not keep waiting what comes after it
        row.trouble = _trouble(row, error)
        return []
    return [_read(row, piece) for piece in pieces]


def _read(row: Intake, piece: Piece) -> _Heard:
    try:
        return _Heard(row, piece, RECEIVERS[row.receiver].read(piece.data))
    except Exception as error:  # noqa: BLE001 - as above; the events beside it are read
        row.trouble = _trouble(row, error)
        return _Heard(row, piece, Told("", Act.NOTHING), row.trouble)


def _trouble(row: Intake, error: Exception) -> str:
    if isinstance(error, Malformed):
        return str(error)[:300]
    logger.error("webhook.unreadable", exc_info=error, extra={"receiver": row.receiver})
    return f"{type(error).__name__} while it was read."


def _unseen(heard: Sequence[_Heard], at: datetime) -> list[_Heard]:
    """Return the events that are here for the first time, each once."""
    first: dict[UUID, _Heard] = {}
    for one in heard:
        where = f"event/{one.row.receiver}/{one.row.vouched or ''}"
        first.setdefault(key_of(where, one.piece.key.encode("utf-8", "replace")), one)
    fresh = {key for (key,) in ask(_UNSEEN, {"keys": list(first), "at": at})} if first else set()
    return [one for key, one in first.items() if key in fresh]


def _act(one: _Heard, meant: whom.Whom, at: datetime) -> Result:
    """Act in a savepoint: an event that we fail at stops only itself, and says so."""
    about = meant.of(one.told, one.row)
    if one.trouble:
        return Result(Ending.MALFORMED, note=one.trouble)
    try:
        if one.told.act == Act.NOTHING:
            return act(one.told, one.row, about, at=at)
        with transaction.atomic():
            return act(one.told, one.row, about, at=at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("webhook.failed", extra={"receiver": one.row.receiver, "kind": one.told.kind})
        return Result(Ending.FAILED, about, f"{type(error).__name__}: {error}"[:300])


def _event(one: _Heard, result: Result, at: datetime) -> IncomingEvent:
    told = one.told
    return IncomingEvent(
        intake=one.row.pk,
        receiver=one.row.receiver,
        kind=told.kind,
        about="" if told.act == Act.ERASE else told.account or told.person,
        happened_at=told.at,
        act=told.act,
        ending=result.ending,
        connections=[each.pk for each in result.connections],
        note=result.note[:300],
        at=at,
    )
