"""Let single jobs through a hold: the canary that an incident chose, the probe of a paused connection."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from apps.jobs.actions.hold import rewake_lanes
from apps.jobs.models import Lane
from apps.jobs.sql.parts import RUNNABLE

# Its next settle writes `passes` anew: one try is all that it gets.
_LET_THROUGH = f"""
UPDATE jobs_job SET passes = passes || %(passes)s::varchar[], run_at = least(run_at, %(at)s)
WHERE state = 'queued' AND id IN (
    SELECT chosen.id FROM jobs_lane l CROSS JOIN LATERAL (
        SELECT j.id FROM jobs_job j
        WHERE j.lane_id = l.id AND j.state = 'queued' AND j.passes <@ '{{drill}}' AND j.due_at <= %(at)s AND {RUNNABLE}
          AND ('drill' = ANY (j.passes) OR NOT EXISTS (
              SELECT 1 FROM jobs_hold h
              WHERE h.closed_at IS NULL AND h.scope = ANY (l.scopes) AND h.until > %(at)s AND h.reason = 'drill'
          ))
        ORDER BY j.priority, j.run_at, j.id LIMIT 1
    ) chosen
    WHERE l.id = ANY (%(lanes)s) AND NOT EXISTS (
        SELECT 1 FROM jobs_hold h
        WHERE h.closed_at IS NULL AND h.scope = ANY (l.scopes) AND (h.until IS NULL OR h.until > %(at)s)
          AND split_part(h.reason, ':', 1) <> ALL (%(passes)s::varchar[] || 'drill'::varchar)
    )
    ORDER BY array_position(%(lanes)s, l.id) LIMIT %(most)s
)
RETURNING lane_id, id
"""
_HURRY = """
UPDATE jobs_job SET run_at = %(at)s
WHERE lane_id = ANY (%(lanes)s) AND state IN ('queued', 'verifying') AND due_at <= %(at)s AND run_at > %(at)s
"""


def let_through(lanes: Sequence[UUID], *, passes: Sequence[str], most: int, at: datetime) -> dict[UUID, UUID]:
    """
    Let the next due job of the first lanes that have one pass these families of holds; return it by lane.

    A lane that another hold stops as well is passed over.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LET_THROUGH, {"passes": sorted(passes), "lanes": list(lanes), "most": most, "at": at})
        chosen: dict[UUID, UUID] = dict(cursor.fetchall())
    keys = Lane.objects.across_tenants().filter(pk__in=chosen).values_list("key", flat=True)
    rewake_lanes(list(keys), at=at)
    return chosen


def hurry(lanes: Sequence[UUID], *, at: datetime) -> None:
    """Try again, or look again, at once what waits for that: what made it fail is over."""
    with connection.cursor() as cursor:
        cursor.execute(_HURRY, {"lanes": list(lanes), "at": at})
