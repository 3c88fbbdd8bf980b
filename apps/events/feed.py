"""Reading the event log in commit order, missing nothing.

Ids and sequences are given out before commit, so "id > last" skips rows that commit late. A reader therefore takes
only rows whose transaction is older than every transaction still open.
"""

import json
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from apps.events.models import Event

_START = (0, UUID(int=0))
_PAGE = """
SELECT e.xid::text, e.id, e.tenant, e.verb, e.subject, e.actor, e.at, e.cycle, e.data FROM events_event e
WHERE (e.xid, e.id) > (%(xid)s::xid8, %(id)s) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY e.xid, e.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Some events and the cursor after them; `reset` says that the given cursor came from another database."""

    events: list[Event]
    cursor: str
    reset: bool = False


def read(cursor: str, *, limit: int = 500) -> Page:
    """Return the events after a cursor (empty: from the beginning)."""
    system = _system()
    after, reset = _parse(cursor, system)
    with connection.cursor() as database:
        database.execute(_PAGE, {"xid": str(after[0]), "id": after[1], "limit": limit})
        rows = database.fetchall()
    names = ("id", "tenant", "verb", "subject", "actor", "at", "cycle", "data")
    events = [Event(**dict(zip(names, (*row[1:-1], json.loads(row[-1])), strict=True))) for row in rows]
    last = (int(rows[-1][0]), rows[-1][1]) if rows else after
    return Page(events, f"{system}.{last[0]:020d}.{last[1]}", reset)


def _parse(cursor: str, system: str) -> tuple[tuple[int, UUID], bool]:
    if not cursor:
        return _START, False
    try:
        origin, xid, event = cursor.split(".")
        return ((int(xid), UUID(event)), False) if origin == system else (_START, True)
    except ValueError:
        return _START, True


def _system() -> str:
    with connection.cursor() as database:
        database.execute("SELECT system_identifier::text FROM pg_control_system()")
        identifier: str = database.fetchone()[0]
    return identifier
