"""When a lane is due again: its columns, computed from its jobs and holds."""

from apps.jobs.sql.parts import (
    CLAIMABLE,
    HELD_LANE,
    NOWHERE,
    PRIORITIES,
    REST_ENDS,
    RUNNABLE,
    UNHELD,
    from_head,
)


def _first(priority: int, condition: str, *, begin: str) -> str:
    """One index probe: the first job of a priority that meets the condition."""
    return f"""(
        SELECT j.run_at FROM jobs_job j
        WHERE j.lane_id = l.id AND j.priority = {priority} AND {begin} AND {condition}
        ORDER BY j.run_at, j.id LIMIT 1
    )"""


def _earliest(condition: str, *, afresh: bool) -> str:
    probes = (
        _first(priority, condition, begin="true" if afresh else from_head(priority))
        for priority in PRIORITIES
    )
    return f"least({', '.join(probes)})"


def _head(priority: int, *, afresh: bool) -> str:
    """The place of the first claimable job, whether it may start or not; under a lease it is only lowered."""
    at, job = f"l.head{priority}_at", f"l.head{priority}_id"
    found_at, found = f"coalesce(f.run_at, {NOWHERE})", f"coalesce(f.id, {job})"
    stays = f"l.leased_by IS NOT NULL AND ({at}, {job}) < ({found_at}, {found})" if afresh else "false"
    return f"""(head{priority}_at, head{priority}_id) = (
        SELECT CASE WHEN {stays} THEN {at} ELSE {found_at} END, CASE WHEN {stays} THEN {job} ELSE {found} END
        FROM (VALUES (0)) AS always LEFT JOIN LATERAL (
            SELECT j.run_at, j.id FROM jobs_job j
            WHERE j.lane_id = l.id AND j.priority = {priority} AND {CLAIMABLE}
              AND {"true" if afresh else from_head(priority)}
            ORDER BY j.run_at, j.id LIMIT 1
        ) f ON true
    )"""


# Work that passes holds is rare and has an index of its own: among the posts of a long queue it would be looked for in vain.
_CONTROL = f"""(
    SELECT j.run_at FROM jobs_job j
    WHERE j.lane_id = l.id AND {RUNNABLE} AND j.passes <> '{{}}' AND {UNHELD}
    ORDER BY j.run_at LIMIT 1
)"""


def _wake_columns(*, afresh: bool) -> str:
    return f"""
    ready_at = greatest({_earliest(RUNNABLE, afresh=afresh)}, {REST_ENDS}),
    control_ready_at = {_CONTROL},
    held = {HELD_LANE},
    {", ".join(_head(priority, afresh=afresh) for priority in PRIORITIES)}
"""


# For lanes that an earlier statement locked: the hot path begins at the heads and raises them; the other looks at
# everything, for it may come after a change that the heads know nothing of.
WAKE_COLUMNS = _wake_columns(afresh=False)
WAKE_AFRESH = _wake_columns(afresh=True)
WAKE_LANES = f"UPDATE jobs_lane l SET {WAKE_AFRESH} WHERE l.id = ANY (%(lanes)s)"
