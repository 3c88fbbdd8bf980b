"""The log is append-only, belongs to its transaction, and is read in commit order."""

import threading
from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.registry import NotPlugged
from apps.events import feed, log
from apps.events.models import Event

VERB = "job.succeeded"


def record(at: datetime, subject: str = "job:1") -> None:
    """Record an event in a transaction of its own."""
    with transaction.atomic():
        log.record(VERB, tenant=None, subject=subject, actor="system:test", at=at)


class TestRecord:
    def test_refuses_an_event_outside_of_a_transaction(self, committed: None, at: datetime) -> None:
        with pytest.raises(log.OutsideTransaction):
            log.record(VERB, tenant=None, subject="job:1", actor="system:test", at=at)

    @pytest.mark.django_db
    def test_refuses_a_word_that_nobody_declared(self, at: datetime) -> None:
        with pytest.raises(NotPlugged):
            log.record("job.teleported", tenant=None, subject="job:1", actor="system:test", at=at)

    @pytest.mark.django_db
    @pytest.mark.parametrize("change", ["UPDATE events_event SET verb = 'x'", "DELETE FROM events_event"])
    def test_what_is_written_stays(self, change: str, at: datetime) -> None:
        record(at)

        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)

    @pytest.mark.django_db
    def test_neither_the_log_nor_one_of_its_weeks_can_be_emptied(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT relid::regclass::text FROM pg_partition_tree('events_event')")
            tables = [name for (name,) in cursor.fetchall()]
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

            for table in tables:
                with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                    cursor.execute(f"TRUNCATE {table}")

        assert len(tables) > 5


def _read_all(cursor: str, wanted: int) -> list[str]:
    """Read until so many events are there: a transaction anywhere in the cluster may hold the feed for a moment."""
    found: list[str] = []
    for _ in range(200):
        page = feed.read(cursor)
        found, cursor = found + [event.subject for event in page.events], page.cursor
        if len(found) >= wanted:
            break
        threading.Event().wait(0.05)
    return found


@pytest.mark.django_db
def test_events_lie_in_the_partition_of_their_week(at: datetime) -> None:
    record(at)

    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM events_event")
        assert cursor.fetchone()[0].removeprefix("events_event_").isdigit()


class TestFeed:
    def test_misses_no_event_that_commits_late(self, committed: None, at: datetime) -> None:
        begun, go_on = threading.Event(), threading.Event()

        def slow() -> None:
            with transaction.atomic():
                log.record(VERB, tenant=None, subject="job:slow", actor="system:test", at=at)
                begun.set()
                go_on.wait(10)
            connection.close()

        writer = threading.Thread(target=slow)
        writer.start()
        begun.wait(10)
        record(at, "job:quick")
        early = feed.read("")
        go_on.set()
        writer.join()
        late = _read_all(early.cursor, 2)

        assert early.events == []
        assert late == ["job:slow", "job:quick"]

    @pytest.mark.django_db
    @pytest.mark.parametrize("cursor", ["123.5.018f0000-0000-7000-8000-000000000000", "nonsense"])
    def test_says_when_a_cursor_is_not_its_own(self, cursor: str) -> None:
        assert feed.read(cursor).reset

    @pytest.mark.django_db
    def test_keeps_facts_as_ids(self, at: datetime) -> None:
        with transaction.atomic():
            log.record(VERB, tenant=None, subject="job:1", actor="system:test", at=at, data={"job": "1"})

        assert Event.objects.get().data == {"job": "1"}
