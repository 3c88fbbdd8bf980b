"""Weekly partitions for tables keyed by UUIDv7: the id begins with the time, so the key stays `id`.

Ids carry real time, so these functions are given the database's own time, however the product's clock was moved.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction

from apps.core import ids

logger = logging.getLogger(__name__)
AHEAD = 4  # weeks
PATIENCE = "200ms"  # behind a dump or a report: while this waits, everybody who comes later waits behind it

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext(%s))"
_PARTS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"


@dataclass(frozen=True, slots=True)
class Weekly:
    """A table by weeks: how its partitions are stored, and the trigger function that guards them against TRUNCATE."""

    table: str
    storage: str = ""
    guard: str = ""


def monday(at: datetime) -> datetime:
    """Return the beginning of the week."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def tend(weekly: Weekly, *, at: datetime, keep: timedelta) -> list[str]:
    """
    Make the coming weeks and drop those that ended longer ago than `keep`; return what was dropped.

    Safe to run anywhere, any time: where somebody is in the way it gives up, and the next run goes on.
    """
    ensure(weekly, at=at)
    try:
        return _drop_before(weekly, monday(at - keep))
    except OperationalError:
        logger.warning("partitions.busy", extra={"table": weekly.table})
        return []


def ensure(weekly: Weekly, *, at: datetime) -> None:
    """Make this week and those ahead, and the week of the oldest row that strayed into the default partition."""
    try:
        with transaction.atomic():
            if _missing(weekly, at) and _is_ours(weekly):
                for begin in _missing(weekly, at):
                    _make(weekly, begin)
    except OperationalError:
        logger.warning("partitions.busy", extra={"table": weekly.table})


def protect(weekly: Weekly, name: str) -> None:
    """Give one partition its storage settings and its guard; triggers of rows come from the table by themselves."""
    with connection.cursor() as cursor:
        if weekly.storage:
            cursor.execute(f"ALTER TABLE {name} SET ({weekly.storage})")
        if weekly.guard:
            cursor.execute(
                f"CREATE TRIGGER {weekly.guard} BEFORE TRUNCATE ON {name}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {weekly.guard}()"
            )


def _is_ours(weekly: Weekly) -> bool:
    """One process at a time changes a table's partitions, and it waits for nobody for long."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        cursor.execute(_LOCK, [f"partitions:{weekly.table}"])
        return bool(cursor.fetchone()[0])


def _missing(weekly: Weekly, at: datetime) -> list[datetime]:
    this = monday(at)
    parts = _parts(weekly)
    ahead = [this + timedelta(weeks=week) for week in range(AHEAD + 1)]
    return [week for week in (*_oldest_stray(weekly, this), *ahead) if _name(weekly, week) not in parts]


def _oldest_stray(weekly: Weekly, this: datetime) -> list[datetime]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {weekly.table}_default WHERE id < %s ORDER BY id LIMIT 1", [ids.floor(this)]
        )
        return [monday(ids.moment(found)) for (found,) in cursor.fetchall()]


def _make(weekly: Weekly, begin: datetime) -> None:
    if _has_strays(weekly, begin):
        _renew_default(weekly, begin)
    else:
        _attach(weekly, begin)


def _attach(weekly: Weekly, begin: datetime) -> None:
    """Attached, not created in its place: so that whoever writes to other weeks need not wait."""
    name, (low, high) = _name(weekly, begin), _borders(begin)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} (LIKE {weekly.table} INCLUDING ALL)")
        protect(weekly, name)
        cursor.execute(
            f"ALTER TABLE {weekly.table} ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')"
        )


def _has_strays(weekly: Weekly, begin: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT 1 FROM {weekly.table}_default WHERE id >= %s AND id < %s)",
            _borders(begin),
        )
        return bool(cursor.fetchone()[0])


def _renew_default(weekly: Weekly, begin: datetime) -> None:
    """Rows that came before their week was made move to it; they are copied, since a log's rows cannot be deleted."""
    table, old = weekly.table, f"{weekly.table}_strays"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DETACH PARTITION {table}_default")
        cursor.execute(f"ALTER TABLE {table}_default RENAME TO {old}")
        _attach(weekly, begin)
        cursor.execute(f"CREATE TABLE {table}_default (LIKE {table} INCLUDING ALL)")
        protect(weekly, f"{table}_default")
        cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {table}_default DEFAULT")
        cursor.execute(f"INSERT INTO {table} SELECT * FROM {old}")
        cursor.execute(f"DROP TABLE {old}")


def _drop_before(weekly: Weekly, before: datetime) -> list[str]:
    """Drop whole weeks; a stray older than that goes when its week is made, which is then dropped like the others."""
    old = [name for name in _parts(weekly) if name < _name(weekly, before) and name[-8:].isdigit()]
    dropped: list[str] = []
    for name in old:
        with transaction.atomic(), connection.cursor() as cursor:
            if _is_ours(weekly):
                cursor.execute(f"DROP TABLE IF EXISTS {name}")
                dropped.append(name)
    return dropped


def _name(weekly: Weekly, begin: datetime) -> str:
    return f"{weekly.table}_{begin:%Y%m%d}"


def _borders(begin: datetime) -> tuple[str, str]:
    return str(ids.floor(begin)), str(ids.floor(begin + timedelta(weeks=1)))


def _parts(weekly: Weekly) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [weekly.table])
        return {name for (name,) in cursor.fetchall()}
