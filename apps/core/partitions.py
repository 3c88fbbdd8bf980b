"""Weekly partitions for tables keyed by UUIDv7: the id begins with the time, so the key stays `id`."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction

from apps.core import ids


def monday(at: datetime) -> datetime:
    """Return the beginning of the week."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def ensure(table: str, *, at: datetime, weeks_ahead: int = 4) -> None:
    """Create the partitions from this week on; rows of other times go to the default partition."""
    for week in range(weeks_ahead + 1):
        begin = monday(at) + timedelta(weeks=week)
        with suppress(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            # Rows of that week that came too early stay in the default partition, and so does the whole week.
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {table}_{begin:%Y%m%d} PARTITION OF {table}"
                f" FOR VALUES FROM ('{ids.floor(begin)}') TO ('{ids.floor(begin + timedelta(weeks=1))}')"
            )


def drop_before(table: str, *, before: datetime) -> list[str]:
    """Drop whole weeks that ended before a moment; return their names."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
        )
        weeks = [name for (name,) in cursor.fetchall() if name.rsplit("_", 1)[-1].isdigit()]
        old = [name for name in weeks if name.rsplit("_", 1)[-1] < f"{monday(before):%Y%m%d}"]
        for name in old:
            cursor.execute(f"DROP TABLE {name}")
    return old
