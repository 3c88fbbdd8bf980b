"""Open and close holds: reasons why lanes must not start."""

from datetime import datetime

from django.db import connection

from apps.core import ids
from apps.jobs import sql, wake
from apps.jobs.models import Hold

# The hold row is the truth and takes no lane's lock: beside an open enqueue that lock cost seconds in a trial.
_OPEN = """
INSERT INTO jobs_hold (id, scope, reason, sentence, who, since, until, closed_by)
VALUES (%(id)s, %(scope)s, %(reason)s, %(sentence)s, %(who)s, %(at)s, %(until)s, '')
ON CONFLICT (scope, reason) WHERE closed_at IS NULL
    DO UPDATE SET until = excluded.until, sentence = excluded.sentence WHERE jobs_hold.until < excluded.until
"""
_CACHE = """
UPDATE jobs_lane SET held = true WHERE id IN (
    SELECT id FROM jobs_lane WHERE %(scope)s = ANY (scopes) AND NOT held FOR NO KEY UPDATE SKIP LOCKED
)
"""
# A hold with an end does not mark lanes as held: they wake by themselves when it is over.
_POSTPONE = """
UPDATE jobs_lane SET ready_at = greatest(ready_at, %(until)s) WHERE id IN (
    SELECT id FROM jobs_lane WHERE %(scope)s = ANY (scopes) AND ready_at < %(until)s
    FOR NO KEY UPDATE SKIP LOCKED
)
"""
_REWAKE = f"UPDATE jobs_lane l SET {sql.WAKE_COLUMNS} WHERE %(scope)s = ANY (l.scopes)"


def hold(
    *, scope: str, reason: str, sentence: str, at: datetime, who: str = "", until: datetime | None = None
) -> bool:
    """Open a hold, or let the same one last until later; False when nothing changed."""
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
                "until": until,
            },
        )
        opened = bool(cursor.rowcount == 1)
        cursor.execute(_POSTPONE if until else _CACHE, {"scope": scope, "until": until})
    return opened


def release(*, scope: str, reason: str, actor: str, at: datetime) -> bool:
    """Close a hold by its own cause and wake the lanes it stopped; False when it was not open."""
    closed = Hold.objects.filter(scope=scope, reason=reason, closed_at=None).update(
        closed_at=at, closed_by=actor
    )
    rewake(scope=scope, at=at)
    return closed == 1


def rewake(*, scope: str, at: datetime) -> None:
    """Compute anew when the lanes under a scope have work."""
    with connection.cursor() as cursor:
        cursor.execute(_REWAKE, {"scope": scope, "at": at})
    wake.engine_on_commit()
