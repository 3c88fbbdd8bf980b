"""Claim: lock lanes, find their next jobs, write the attempts ahead."""

from apps.jobs.models import Job
from apps.jobs.sql.parts import (
    CLAIMABLE,
    DUE,
    FREE,
    FREE_AND_DUE,
    KNOWN,
    PRIORITIES,
    QUARANTINED,
    RUNNABLE,
    UNHELD,
    from_head,
    seen,
)
from apps.jobs.sql.wake import WAKE_COLUMNS

# Named one by one, in the order of the model: a statement that is prepared must not change when a migration adds one.
JOB_FIELDS = [field.attname for field in Job._meta.concrete_fields]  # noqa: SLF001 - Django's documented name
_COLUMNS = ", ".join(f"j.{name}" for name in JOB_FIELDS)

# Claim, first statement: the least recently served lanes, tenants taking turns. They are locked one by one in that order
# until there are enough: what another process is claiming just now is stepped over, not waited for and not missed.
LOCK_LANES = f"""
WITH due AS (
    SELECT l.id, l.tenant_id, l.served_at FROM jobs_lane l WHERE {FREE} AND {DUE}
    UNION ALL
    SELECT l.id, l.tenant_id, l.served_at FROM jobs_lane l
    WHERE {FREE} AND l.control_ready_at <= %(at)s AND ({DUE}) IS NOT TRUE
), ranked AS (
    SELECT id, served_at, row_number() OVER (PARTITION BY tenant_id ORDER BY served_at NULLS FIRST) AS turn FROM due
)
SELECT l.id FROM (SELECT id FROM ranked ORDER BY turn, served_at NULLS FIRST) AS picked
CROSS JOIN LATERAL (
    SELECT l.id FROM jobs_lane l WHERE l.id = picked.id AND ({FREE_AND_DUE}) IS TRUE FOR NO KEY UPDATE SKIP LOCKED
) AS l
LIMIT %(lanes)s
"""


# Second statement, with a snapshot taken after the locks: a job enqueued or a hold opened before them is seen.
def _due_jobs(condition: str, most: str) -> str:
    of_each_priority = " UNION ALL ".join(
        f"""(
        SELECT j.* FROM jobs_job j
        WHERE j.lane_id = l.id AND j.priority = {priority} AND {from_head(priority)}
          AND j.run_at <= %(at)s AND {KNOWN} AND {condition} AND {UNHELD}
        ORDER BY j.run_at, j.id LIMIT {most}
    )"""
        for priority in PRIORITIES
    )
    return f"""
SELECT {_COLUMNS}, l.scopes, l.fence FROM jobs_lane l CROSS JOIN LATERAL (
    SELECT * FROM ({of_each_priority}) j ORDER BY j.priority, j.run_at, j.id LIMIT {most}
) j
WHERE l.id = ANY (%(lanes)s) ORDER BY j.priority, l.served_at NULLS FIRST, j.run_at, j.id
"""


DUE_JOBS = _due_jobs(RUNNABLE, "l.concurrency")

# The quarantine takes one job and its lane; nothing else of the lane runs beside it.
LOCK_QUARANTINED = f"""
SELECT l.id FROM jobs_job j JOIN jobs_lane l ON l.id = j.lane_id
WHERE l.leased_by IS NULL AND j.run_at <= %(at)s AND {KNOWN} AND {QUARANTINED} AND {UNHELD}
ORDER BY j.run_at, j.id LIMIT %(lanes)s
FOR NO KEY UPDATE OF l SKIP LOCKED
"""
QUARANTINED_JOBS = _due_jobs(QUARANTINED, "1")

# The write-ahead: after this commit every call that may be sent has an open attempt under a fence of its own.
START = f"""
WITH jobs AS (
    UPDATE jobs_job j SET state = 'running', runner = %(runner)s, fence = r.fence, tries = j.tries + 1
    FROM jsonb_to_recordset(%(rows)s) AS r(job uuid, attempt uuid, step text, fence bigint)
    WHERE j.id = r.job AND j.id = ANY (%(jobs)s) AND {seen(f"{CLAIMABLE} AND j.run_at <= %(at)s")}
    RETURNING j.id, j.fence, j.tries, r.attempt, r.step
)
INSERT INTO jobs_attempt (id, job_id, step, number, fence, started_at, outcome, error_code, rule_id, confidence,
                          request_id, evidence, late_evidence)
SELECT attempt, id, step, tries, fence, %(at)s, '', '', '', '', '', '', '' FROM jobs
RETURNING job_id
"""
LEASE = """
UPDATE jobs_lane SET leased_by = %(runner)s, fence = fence + 1, served_at = %(at)s, waits_for = ''
WHERE id = ANY (%(lanes)s)
"""

# A lane that got nothing: its true next time, or when a bucket will have calls again. The latter keeps its place in the
# order of who was served last: it is the next to be served.
PASS_OVER = f"""
UPDATE jobs_lane l SET {WAKE_COLUMNS}, served_at = %(at)s WHERE l.id = ANY (%(lanes)s)
"""
POSTPONE = """
UPDATE jobs_lane l SET
    ready_at = CASE WHEN l.ready_at IS NULL THEN NULL ELSE greatest(l.ready_at, r.ready_at) END,
    control_ready_at = CASE WHEN l.control_ready_at IS NULL THEN NULL ELSE greatest(l.control_ready_at, r.ready_at) END,
    waits_for = r.waits_for
FROM jsonb_to_recordset(%(rows)s) AS r(lane uuid, ready_at timestamptz, waits_for text)
WHERE l.id = r.lane AND l.id = ANY (%(lanes)s)
"""

QUARANTINE_DUE = f"""
SELECT EXISTS (
    SELECT 1 FROM jobs_job j JOIN jobs_lane l ON l.id = j.lane_id
    WHERE l.leased_by IS NULL AND j.run_at <= %(at)s AND {QUARANTINED} AND {UNHELD}
)
"""
DUE_NOW = f"SELECT EXISTS (SELECT 1 FROM jobs_lane l WHERE {FREE_AND_DUE})"
