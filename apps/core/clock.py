"""The one place that reads time: the database's clock, which tests, demo and drills can move."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

from apps.core.prepared import ask

_TABLE = "CREATE TABLE IF NOT EXISTS reknit_time_travel (one boolean PRIMARY KEY DEFAULT true CHECK (one), shift interval NOT NULL)"
_NOW = "SELECT now()"
_SHIFTED_NOW = "SELECT now() + coalesce((SELECT shift FROM reknit_time_travel), interval '0')"


class TimeTravelForbidden(RuntimeError):
    """Time can only be moved where REKNIT_TIME_TRAVEL=1."""


def now() -> datetime:
    """Return the product's time: read once per transaction and passed on as `at`."""
    return _ask(_SHIFTED_NOW if settings.TIME_TRAVEL else _NOW)


def in_sql() -> str:
    """Return the product's time as an expression, for a statement that needs no other answer first."""
    return f"({_SHIFTED_NOW if settings.TIME_TRAVEL else _NOW})"


def real_now() -> datetime:
    """Return the database's own time: leases and heartbeats never travel."""
    return _ask(_NOW)


def ensure_table() -> None:
    """Create the row's table where time may be moved; all processes read it."""
    if settings.TIME_TRAVEL:
        with connection.cursor() as cursor:
            cursor.execute(_TABLE)


def travel(by: timedelta) -> None:
    """
    Move the time of every process.

    :raises TimeTravelForbidden: where the setting is off.
    """
    if not settings.TIME_TRAVEL:
        raise TimeTravelForbidden("Set REKNIT_TIME_TRAVEL=1 to move time; production refuses it.")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reknit_time_travel (shift) VALUES (make_interval(secs => %s))"
            " ON CONFLICT (one) DO UPDATE SET shift = reknit_time_travel.shift + excluded.shift",
            [by.total_seconds()],
        )


def reset() -> None:
    """Return to the database's own time."""
    if settings.TIME_TRAVEL:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM reknit_time_travel")


def _ask(question: str) -> datetime:
    moment: datetime = ask(question, {})[0][0]
    return moment.astimezone(UTC)
