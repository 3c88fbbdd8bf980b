"""Sweep: what a death, a clock or a defect left behind."""

from collections.abc import Callable

from apps.jobs.sql.parts import CLAIMABLE, HELD_LANE, PRIORITIES, RUNNABLE, UNHELD, from_head
from apps.jobs.sql.wake import WAKE_AFRESH, WAKE_COLUMNS

DEAD_RUNNERS = """
UPDATE jobs_runner SET stopped_at = now()
WHERE id IN (SELECT id FROM jobs_runner WHERE stopped_at IS NULL AND lease_until < now() FOR UPDATE SKIP LOCKED)
RETURNING id
"""
LANES_OF_RUNNERS = (
    "SELECT l.id FROM jobs_lane l WHERE l.leased_by = ANY (%(runners)s) ORDER BY l.id FOR NO KEY UPDATE"
)
FREE_LANES = f"""
UPDATE jobs_lane l SET leased_by = NULL, fence = l.fence + 1, {WAKE_AFRESH}
WHERE l.id = ANY (%(lanes)s) AND l.leased_by = ANY (%(runners)s)
"""
ORPHANED_LANES = """
SELECT DISTINCT l.leased_by FROM jobs_lane l LEFT JOIN jobs_runner r ON r.id = l.leased_by
WHERE l.leased_by IS NOT NULL AND (r.id IS NULL OR r.stopped_at IS NOT NULL)
"""

LAPSED_HOLDS = """
UPDATE jobs_hold SET closed_at = until, closed_by = 'system:time' WHERE closed_at IS NULL AND until <= %(at)s
"""


def _some(condition: str, *, begin: Callable[[int], str]) -> str:
    """True when some job of the lane meets the condition."""
    of_each_priority = (
        f"""EXISTS (
        SELECT 1 FROM jobs_job j
        WHERE j.lane_id = l.id AND j.priority = {priority} AND {begin(priority)} AND {condition}
    )"""
        for priority in PRIORITIES
    )
    return f"({' OR '.join(of_each_priority)})"


def _below_head(priority: int) -> str:
    return f"(j.run_at, j.id) < (l.head{priority}_at, l.head{priority}_id)"


# Lanes whose row says less than the truth: asleep with work, or held by nothing. Each is a defect or a hold that ran out:
# a look that rested in a lane that is held otherwise has nobody else to wake it.
ASLEEP = f"""
SELECT l.id FROM jobs_lane l
WHERE l.leased_by IS NULL AND (
    (l.held <> {HELD_LANE})
    OR (
        l.held AND l.control_ready_at IS NULL
        AND {_some(f"j.passes <> '{{}}' AND j.run_at <= %(at)s AND {RUNNABLE} AND {UNHELD}", begin=from_head)}
    )
    OR (l.ready_at IS NULL AND {_some(f"j.run_at <= %(at)s AND {RUNNABLE}", begin=from_head)})
)
LIMIT 500 FOR NO KEY UPDATE OF l SKIP LOCKED
"""
REWAKE = f"UPDATE jobs_lane l SET {WAKE_COLUMNS} WHERE l.id = ANY (%(lanes)s) AND l.leased_by IS NULL"

# A job below its lane's head is seen by no claim. Only a defect, an older version in a rolling deploy, or a row changed
# by hand can put it there; what an old snapshot keeps is stepped over here and nowhere else.
HIDDEN = f"""
SELECT l.id FROM jobs_lane l WHERE {_some(CLAIMABLE, begin=_below_head)}
LIMIT 500 FOR NO KEY UPDATE OF l SKIP LOCKED
"""
LATE_JOBS = """
SELECT j.id FROM jobs_job j JOIN jobs_lane l ON l.id = j.lane_id
WHERE j.state = 'queued' AND j.ask_after <= %(at)s AND j.run_at <= %(at)s AND j.admitted_at IS NULL
  AND j.committed_at IS NULL AND NOT l.held
ORDER BY j.id LIMIT 500 FOR UPDATE OF j SKIP LOCKED
"""
