"""Weeks are made ahead, strays move to theirs, whole weeks go, and nobody is kept waiting."""

import threading
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core import clock, ids, partitions
from apps.events.models import Event
from apps.events.retention import WEEKS as EVENTS
from apps.jobs import retention, worker
from apps.jobs.models import Attempt

LONG_AGO = timedelta(weeks=60)


def parts(table: str) -> set[str]:
    """Return the names of a table's partitions, without the table's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
        )
        return {name.removeprefix(f"{table}_") for (name,) in cursor.fetchall()}


def week_of(table: str, row: UUID) -> str:
    """Return the partition that a row lies in."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text FROM {table} WHERE id = %s", [row])  # noqa: S608 - names of our own
        return str(cursor.fetchone()[0]).removeprefix(f"{table}_")


def make_event(at: datetime, event: UUID | None = None) -> Event:
    """Write an event whose id is of that moment."""
    return Event.objects.create(
        id=event or ids.floor(at), verb="job.succeeded", subject="job:1", actor="a", at=at
    )


def make_attempt(at: datetime, attempt: UUID | None = None) -> Attempt:
    """Write an attempt whose id is of that moment; its job is long gone."""
    return Attempt.objects.create(
        id=attempt or ids.floor(at), job_id=ids.uuid7(), step="send", number=1, fence=1, started_at=at
    )


@pytest.mark.django_db
@pytest.mark.parametrize("weekly", [EVENTS, retention.WEEKS], ids=lambda weekly: weekly.table)
class TestWeeks:
    def test_are_made_ahead(self, weekly: partitions.Weekly) -> None:
        at = clock.real_now() + timedelta(weeks=20)

        partitions.ensure(weekly, at=at)
        partitions.ensure(weekly, at=at)

        ahead = {f"{partitions.monday(at) + timedelta(weeks=week):%Y%m%d}" for week in range(5)}
        assert ahead <= parts(weekly.table)

    def test_go_when_they_ended_longer_ago_than_is_kept(self, weekly: partitions.Weekly) -> None:
        now, keep = clock.real_now(), timedelta(days=30)
        partitions.ensure(weekly, at=now - LONG_AGO)
        before = parts(weekly.table)

        dropped = partitions.tend(weekly, at=now - LONG_AGO + timedelta(days=9), keep=timedelta(days=1))
        later = partitions.tend(weekly, at=now, keep=keep)

        assert len(dropped) == 1
        assert len(later) >= 4
        assert before - parts(weekly.table) >= {name.removeprefix(f"{weekly.table}_") for name in dropped}
        assert f"{partitions.monday(now - keep):%Y%m%d}" > max(name[-8:] for name in later)

    def test_care_nothing_for_a_products_clock_that_was_moved(self, weekly: partitions.Weekly) -> None:
        clock.travel(LONG_AGO)
        make = make_event if weekly is EVENTS else make_attempt

        made = make(clock.now(), ids.uuid7())

        assert week_of(weekly.table, made.pk) == f"{partitions.monday(clock.real_now()):%Y%m%d}"

    def test_are_made_by_a_worker_that_starts(
        self, weekly: partitions.Weekly, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at = clock.real_now() + timedelta(weeks=20)
        monkeypatch.setattr(clock, "real_now", lambda: at)

        worker._make_weeks()

        assert f"{partitions.monday(at):%Y%m%d}" in parts(weekly.table)

    def test_leave_alone_what_an_odd_clock_wrote(self, weekly: partitions.Weekly) -> None:
        make = make_event if weekly is EVENTS else make_attempt
        future = make(clock.real_now() + timedelta(weeks=500))

        partitions.tend(weekly, at=clock.real_now(), keep=timedelta(days=30))

        assert week_of(weekly.table, future.pk) == "default"


@pytest.mark.django_db
class TestStrays:
    def test_move_to_their_week_once_it_is_made(self) -> None:
        at = clock.real_now() + timedelta(weeks=30)
        stray = make_event(at)
        before = week_of("events_event", stray.pk)

        partitions.ensure(EVENTS, at=at)

        assert before == "default"
        assert week_of("events_event", stray.pk) == f"{partitions.monday(at):%Y%m%d}"

    def test_are_pruned_like_the_others(self) -> None:
        make_event(clock.real_now() - LONG_AGO)

        partitions.tend(EVENTS, at=clock.real_now(), keep=timedelta(days=30))

        assert not Event.objects.exists()

    @pytest.mark.parametrize("table", ["default", "week"])
    def test_are_guarded_wherever_they_lie(self, table: str) -> None:
        at = clock.real_now() + timedelta(weeks=30)
        make_event(at)
        partitions.ensure(EVENTS, at=at)
        name = (
            "events_event_default" if table == "default" else f"events_event_{partitions.monday(at):%Y%m%d}"
        )
        make_event(at + timedelta(weeks=50))

        for change in (f"UPDATE {name} SET verb = 'x'", f"DELETE FROM {name}", f"TRUNCATE {name}"):  # noqa: S608
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                connection.cursor().execute(change)


def test_nobody_waits_behind_a_dump(committed: None) -> None:
    reading, done = threading.Event(), threading.Event()

    def dump() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM events_event")
            reading.set()
            done.wait(30)
        connection.close()

    dumping = threading.Thread(target=dump)
    dumping.start()
    reading.wait(30)
    dropped = partitions.tend(EVENTS, at=clock.real_now() + LONG_AGO, keep=timedelta(days=1))
    written = make_event(clock.real_now())
    done.set()
    dumping.join()

    assert (dropped, Event.objects.filter(pk=written.pk).exists()) == ([], True)
