"""Counts what happened, each row once: attempts as they end, and what the log tells of.

A run adds the rows that are new since the last one, in the transaction that moves its mark: run twice, late or killed, it
counts what a recount would. Attempts get their ids before they are committed, so the mark never passes a moment of which
some transaction may still bring one.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from apps.core import ids
from apps.insights import sql
from apps.insights.choices import Counted
from apps.insights.models import Progress

CHUNK = 50_000
BUDGET = 20.0  # seconds a run; what is left has its turn at the next
MINUTES_KEPT = timedelta(days=2)
# An id is made by the worker's clock, a moment by the database's.
CLOCKS_APART = timedelta(seconds=10)
# What the log tells is counted for these verbs; each is one word of `outcome`.
VERBS = (
    "job.succeeded",
    "job.failed",
    "job.answered",
    "error.dead_lettered",
    "error.retry_scheduled",
    "connection.paused",
    "connection.revoked",
    "connection.resumed",
    "connection.reconnected",
    "breaker.opened",
)
Step = Callable[
    [Progress, datetime, int], int
]  # counts a chunk, moves the mark, returns how many rows it read


def roll_up(*, at: datetime, budget: float = BUDGET, chunk: int = CHUNK) -> int:
    """Count what is new until nothing is left or the budget is spent; return how many rows were read."""
    end = time.monotonic() + budget
    return sum(_roll_source(step, source, at, end, chunk) for source, step in _STEPS.items())


def complete_until() -> datetime | None:
    """Return until when everything has been counted, by the product's time; None before the first count."""
    marks = Progress.objects.filter(source__in=list(Counted)).values_list("complete_until", flat=True)
    known = [mark for mark in marks if mark]
    return min(known) if len(known) == len(_STEPS) else None


def _roll_source(step: Step, source: Counted, at: datetime, end: float, chunk: int) -> int:
    Progress.objects.get_or_create(source=source, defaults={"after": UUID(int=0)})
    total = 0
    while True:
        read = _one_chunk(step, source, at, chunk)
        total += read
        if read < chunk or time.monotonic() >= end:
            return total


@transaction.atomic
def _one_chunk(step: Step, source: Counted, at: datetime, chunk: int) -> int:
    # Two runs at once: the second finds the row locked and leaves.
    mark = Progress.objects.select_for_update(skip_locked=True).filter(source=source).first()
    if mark is None:
        return 0
    read = step(mark, at, chunk)
    mark.save()
    return read


def _calls(mark: Progress, at: datetime, chunk: int) -> int:
    """Count attempts up to the last moment that is settled; while that is read, no newer one is looked for."""
    now, own, is_settled = _look(mark, at)
    before = ids.floor((mark.seen_at or now) - CLOCKS_APART) if is_settled else mark.after
    known = {"after": mark.after, "before": before, "most": chunk, "minutes_since": at - MINUTES_KEPT}
    read, last = _ask(sql.CALLS, known)
    mark.after = last or mark.after
    if is_settled and read < chunk:
        mark.complete_until = mark.told_at
        mark.seen_at, mark.seen_xid, mark.told_at = now, own, at
    return int(read)


def _events(mark: Progress, at: datetime, chunk: int) -> int:
    """Count what the log tells; whoever wrote it may have looked at the clock a moment before."""
    now, own, is_settled = _look(mark, at)
    known = {"after": mark.after, "after_xid": mark.after_xid, "most": chunk, "verbs": list(VERBS)}
    read, last, xid = _ask(sql.EVENTS, {**known, "minutes_since": at - MINUTES_KEPT})
    if read:
        mark.after, mark.after_xid = last, xid
    if is_settled and mark.told_at and read < chunk:
        mark.complete_until = mark.told_at - CLOCKS_APART
        mark.seen_at, mark.seen_xid, mark.told_at = now, own, at
    return int(read)


def _look(mark: Progress, at: datetime) -> tuple[datetime, int, bool]:
    """Return this moment, its number, and whether nobody is open any more who may bring rows from before the marked one."""
    now, oldest, own = _ask(sql.MOMENT, {})
    if mark.seen_at is None or oldest >= own:  # nobody older is open: this very moment is settled
        mark.seen_at, mark.seen_xid, mark.told_at = now, own, at
    return now, own, oldest >= mark.seen_xid


_STEPS: dict[Counted, Step] = {Counted.CALL: _calls, Counted.EVENT: _events}


def _ask(statement: str, known: dict[str, Any]) -> tuple[Any, ...]:
    """With its values in it, so that the planner knows how few rows a chunk is."""
    with connection.cursor() as cursor:
        cursor.execute(statement, known)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
