"""Lets the subscribers of the event log catch up, in tests that really commit."""

import threading
from collections.abc import Callable

from django.db import connection

from apps.events import subscribers
from apps.events.models import Cursor

NEWEST = "SELECT id::text FROM events_event ORDER BY xid DESC, id DESC LIMIT 1"


def follow() -> None:
    """Follow until all that is committed was read."""
    until(_caught_up)


def until(done: Callable[[], bool]) -> None:
    """Follow until something is so: a transaction anywhere in the cluster may hold the feed for a moment."""
    for _ in range(400):
        subscribers.follow()
        if done():
            return
        threading.Event().wait(0.05)
    raise AssertionError("The subscribers did not get there.")


def wait_for_older() -> None:
    """Wait until no transaction is open any more that began before now: what counts or follows then passes this moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (mine,) = cursor.fetchone()
        for _ in range(400):
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > %s", [mine])
            if cursor.fetchone()[0]:
                return
            threading.Event().wait(0.05)
    raise AssertionError("An older transaction stayed open.")


def _caught_up() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST)
        newest = cursor.fetchone()
    return newest is None or all(row.cursor.endswith(newest[0]) for row in Cursor.objects.all())
