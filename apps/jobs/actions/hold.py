"""Open and close holds: reasons why lanes must not start."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.core import ids
from apps.jobs import wake
from apps.jobs.models import Hold
from apps.jobs.sql.wake import WAKE_LANES

# The hold row is the truth and takes no lane's lock: beside an open enqueue that lock cost seconds in a trial.
_OPEN = """
INSERT INTO jobs_hold (id, scope, reason, sentence, who, since, closed_by)
VALUES (%(id)s, %(scope)s, %(reason)s, %(sentence)s, %(who)s, %(at)s, '')
ON CONFLICT (scope, reason) WHERE closed_at IS NULL DO NOTHING
"""
_CACHE = """
UPDATE jobs_lane SET held = true WHERE id IN (
    SELECT id FROM jobs_lane WHERE %(scope)s = ANY (scopes) AND NOT held FOR NO KEY UPDATE SKIP LOCKED
)
"""
_REST = """
INSERT INTO jobs_hold (id, scope, reason, sentence, who, since, until, closed_by)
SELECT r.id, r.scope, %(reason)s, %(sentence)s, '', %(at)s, r.until, ''
FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, scope text, until timestamptz) ORDER BY r.scope
ON CONFLICT (scope, reason) WHERE closed_at IS NULL
    DO UPDATE SET until = excluded.until WHERE jobs_hold.until < excluded.until
"""
# Two statements: what computes the next time must not read a snapshot from before it got the lock.
_LOCK = "SELECT id FROM jobs_lane WHERE %(scope)s = ANY (scopes) ORDER BY id FOR NO KEY UPDATE"
_OPEN_MANY = """
INSERT INTO jobs_hold (id, scope, reason, sentence, who, since, closed_by)
SELECT r.id, r.scope, %(reason)s, r.sentence, %(who)s, %(at)s, ''
FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, scope text, sentence text) ORDER BY r.scope
ON CONFLICT (scope, reason) WHERE closed_at IS NULL DO NOTHING
"""
_CACHE_LANES = """
UPDATE jobs_lane SET held = true WHERE id IN (
    SELECT id FROM jobs_lane WHERE key = ANY (%(keys)s) AND NOT held FOR NO KEY UPDATE SKIP LOCKED
)
"""
_CACHE_WIDER = """
UPDATE jobs_lane SET held = true WHERE id IN (
    SELECT id FROM jobs_lane WHERE scopes && %(scopes)s::varchar[] AND NOT held FOR NO KEY UPDATE SKIP LOCKED
)
"""
_LOCK_LANES = "SELECT id FROM jobs_lane WHERE key = ANY (%(keys)s) ORDER BY id FOR NO KEY UPDATE"


def hold(*, scope: str, reason: str, sentence: str, at: datetime, who: str = "") -> bool:
    """Open a hold that lasts until it is released; False when the same one is open already."""
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "id": ids.uuid7(),
                "scope": scope,
                "reason": reason,
                "sentence": sentence,
                "who": who,
                "at": at,
            },
        )
        opened = bool(cursor.rowcount == 1)
        cursor.execute(_CACHE, {"scope": scope})
    return opened


def hold_many(sentences: Mapping[str, str], *, reason: str, at: datetime, who: str = "") -> None:
    """Open holds of one reason, by scope with its sentence, in a handful of statements for however many."""
    if not sentences:
        return
    rows = [{"id": str(ids.uuid7()), "scope": scope, "sentence": text} for scope, text in sentences.items()]
    keys = [scope.removeprefix("lane:") for scope in sentences if scope.startswith("lane:")]
    wider = [scope for scope in sentences if not scope.startswith("lane:")]
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_MANY, {"rows": json.dumps(rows), "reason": reason, "who": who, "at": at})
        cursor.execute(_CACHE_LANES, {"keys": keys})
        if wider:
            cursor.execute(_CACHE_WIDER, {"scopes": wider})


def release_lanes(keys: Collection[str], *, reason: str, actor: str, at: datetime) -> None:
    """Close these lanes' holds of one reason, and wake them."""
    scopes = [f"lane:{key}" for key in keys]
    Hold.objects.filter(scope__in=scopes, reason=reason, closed_at=None).update(closed_at=at, closed_by=actor)
    rewake_lanes(keys, at=at)


def rest(ends: Mapping[str, datetime], *, reason: str, sentence: str, at: datetime) -> None:
    """
    Open or prolong holds that end by themselves, by scope, in one statement.

    They mark no lane as held: a claim passes such a lane over and lets it wake when the last of them is over.
    """
    if not ends:
        return
    rows = [{"id": str(ids.uuid7()), "scope": scope, "until": end.isoformat()} for scope, end in ends.items()]
    with connection.cursor() as cursor:
        cursor.execute(_REST, {"rows": json.dumps(rows), "reason": reason, "sentence": sentence, "at": at})


def release(*, scope: str, reason: str, actor: str, at: datetime) -> bool:
    """Close a hold by its own cause and wake the lanes it stopped; False when it was not open."""
    closed = Hold.objects.filter(scope=scope, reason=reason, closed_at=None).update(
        closed_at=at, closed_by=actor
    )
    rewake(scope=scope, at=at)
    return closed == 1


def rewake(*, scope: str, at: datetime) -> None:
    """Compute anew when the lanes under a scope have work."""
    _wake(_LOCK, {"scope": scope}, at)


def rewake_lanes(keys: Collection[str], *, at: datetime) -> None:
    """Compute anew when these lanes have work."""
    _wake(_LOCK_LANES, {"keys": list(keys)}, at)


def lock_lanes(keys: Collection[str]) -> None:
    """
    Lock lanes until the commit, in the order that everybody keeps.

    Whoever changes waiting jobs and then wakes their lanes begins with this: a claim, too, takes lanes first and then jobs.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_LANES, {"keys": list(keys)})


@transaction.atomic
def _wake(lock: str, which: Mapping[str, Any], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(lock, which)
        cursor.execute(WAKE_LANES, {"lanes": [row[0] for row in cursor.fetchall()], "at": at})
    wake.engine_on_commit()
