"""The hot path's SQL: claim, settle, enqueue, sweep. Everything else in the house uses the ORM.

Lock order. Claim: lanes (SKIP LOCKED), buckets by id, jobs. Settle: jobs, buckets by id, lanes (SKIP LOCKED).
Enqueue: lane, then job, last in its transaction. So nobody but enqueue ever waits for a lane.
"""

# A job under which two workers died is the quarantine's: it runs alone there, where its third blow hits nobody.
QUARANTINE_AFTER = 2

# A job that may start now, holds and quarantine apart. A post that waited through a pause needs an admission (the backfill),
# one that is late by the tenant's policy needs a person, and identical twins go out one after the other.
_MAY_START = """
    j.state IN ('queued', 'verifying', 'waiting')
    AND (
        j.state <> 'queued' OR j.ask_after IS NULL OR j.admitted_at IS NOT NULL OR j.committed_at IS NOT NULL
        OR (j.ask_after > %(at)s AND (l.missed_before IS NULL OR j.due_at >= l.missed_before))
    )
    AND (
        j.fingerprint = '' OR j.state <> 'queued' OR NOT EXISTS (
            SELECT 1 FROM jobs_job twin
            WHERE twin.lane_id = j.lane_id AND twin.fingerprint = j.fingerprint AND twin.id <> j.id
              AND twin.state IN ('held', 'running', 'verifying', 'waiting')
        )
    )
"""

RUNNABLE = f"j.crashes < {QUARANTINE_AFTER} AND {_MAY_START}"
QUARANTINED = f"j.crashes >= {QUARANTINE_AFTER} AND {_MAY_START}"

# What this process can run: a kind it knows, with arguments of a version it knows (a rolling deploy has newer ones).
KNOWN = """
    EXISTS (
        SELECT 1 FROM unnest(%(kinds)s::text[], %(versions)s::int[]) AS known(kind, version)
        WHERE known.kind = j.kind AND (j.args ->> 'v')::int <= known.version
    )
"""

UNHELD = """
    NOT EXISTS (
        SELECT 1 FROM jobs_hold h
        WHERE h.closed_at IS NULL AND h.scope = ANY (l.scopes)
          AND (h.until IS NULL OR h.until > %(at)s)
          AND split_part(h.reason, ':', 1) <> ALL (j.passes)
    )
"""

HELD_LANE = """
    EXISTS (
        SELECT 1 FROM jobs_hold h WHERE h.closed_at IS NULL AND h.scope = ANY (l.scopes) AND h.until IS NULL
    )
"""
# Holds that end by themselves hold a lane by its time: the last of them.
REST_ENDS = """
    (
        SELECT max(h.until) FROM jobs_hold h
        WHERE h.closed_at IS NULL AND h.scope = ANY (l.scopes) AND h.until > %(at)s
    )
"""

FREE_AND_DUE = (
    "l.leased_by IS NULL AND ((l.ready_at <= %(at)s AND NOT l.held) OR l.control_ready_at <= %(at)s)"
)


def _first(priority: int, condition: str) -> str:
    """One index probe: the first job of a priority that meets the condition."""
    return f"""(
        SELECT j.run_at FROM jobs_job j
        WHERE j.lane_id = l.id AND j.priority = {priority} AND {condition}
        ORDER BY j.run_at, j.id LIMIT 1
    )"""


def _earliest(condition: str) -> str:
    return f"least({_first(0, condition)}, {_first(1, condition)}, {_first(2, condition)})"


WAKE_COLUMNS = f"""
    ready_at = greatest({_earliest(RUNNABLE)}, {REST_ENDS}),
    control_ready_at = {_earliest(f"{RUNNABLE} AND j.passes <> '{{}}' AND {UNHELD}")},
    held = {HELD_LANE}
"""

# Claim, first statement: the least recently served lanes, tenants taking turns.
LOCK_LANES = f"""
WITH due AS (
    SELECT l.id, l.served_at, row_number() OVER (PARTITION BY l.tenant_id ORDER BY l.served_at NULLS FIRST) AS turn
    FROM jobs_lane l WHERE {FREE_AND_DUE}
), picked AS (
    SELECT id FROM due ORDER BY turn, served_at NULLS FIRST LIMIT %(lanes)s
)
SELECT l.id FROM jobs_lane l JOIN picked USING (id)
WHERE {FREE_AND_DUE}
FOR NO KEY UPDATE OF l SKIP LOCKED
"""


# Second statement, with a snapshot taken after the locks: a job enqueued or a hold opened before them is seen.
def _due_jobs(condition: str, most: str) -> str:
    return f"""
SELECT j.* FROM jobs_lane l CROSS JOIN LATERAL (
    SELECT j.* FROM jobs_job j
    WHERE j.lane_id = l.id AND j.run_at <= %(at)s AND {KNOWN} AND {condition} AND {UNHELD}
    ORDER BY j.priority, j.run_at, j.id LIMIT {most}
) j
WHERE l.id = ANY (%(lanes)s) ORDER BY j.priority, j.run_at, j.id
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

ENSURE_BUCKETS = """
INSERT INTO jobs_bucket (scope, tokens, refilled_at, capacity, per_minute)
SELECT scope, capacity, %(at)s, capacity, per_minute
FROM jsonb_to_recordset(%(rows)s) AS r(scope text, capacity float, per_minute float)
WHERE NOT EXISTS (SELECT 1 FROM jobs_bucket b WHERE b.scope = r.scope)
ON CONFLICT (scope) DO NOTHING
"""

LOCK_BUCKETS = """
SELECT scope, least(capacity, tokens + greatest(0, extract(epoch FROM %(at)s - refilled_at)) * per_minute / 60) AS tokens,
       per_minute
FROM jobs_bucket WHERE scope = ANY (%(scopes)s) ORDER BY id FOR UPDATE
"""

TAKE_TOKENS = """
UPDATE jobs_bucket b
SET tokens = least(capacity, b.tokens + greatest(0, extract(epoch FROM %(at)s - b.refilled_at)) * b.per_minute / 60) - r.taken,
    refilled_at = greatest(b.refilled_at, %(at)s)
FROM jsonb_to_recordset(%(rows)s) AS r(scope text, taken float)
WHERE b.scope = r.scope
"""

# The write-ahead: after this commit every call that may be sent has an open attempt under a fence of its own.
START = """
WITH rec AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s) AS r(job uuid, lane uuid, attempt uuid, step text)
), lanes AS (
    UPDATE jobs_lane l SET leased_by = %(runner)s, fence = l.fence + 1, served_at = %(at)s
    FROM (SELECT DISTINCT lane FROM rec) r WHERE l.id = r.lane
    RETURNING l.id, l.fence
), jobs AS (
    UPDATE jobs_job j SET state = 'running', runner = %(runner)s, fence = lanes.fence, tries = j.tries + 1
    FROM rec JOIN lanes ON lanes.id = rec.lane
    WHERE j.id = rec.job AND j.state IN ('queued', 'verifying', 'waiting') AND j.run_at <= %(at)s
    RETURNING j.id, j.fence, j.tries
)
INSERT INTO jobs_attempt (id, job_id, step, number, fence, started_at, outcome, error_code, rule_id, confidence,
                          request_id, evidence, late_evidence)
SELECT rec.attempt, jobs.id, rec.step, jobs.tries, jobs.fence, %(at)s, '', '', '', '', '', '', ''
FROM rec JOIN jobs ON jobs.id = rec.job
RETURNING job_id, fence, number
"""

# A lane that got nothing: its true next time, or when a bucket will have tokens again.
PASS_OVER = f"""
UPDATE jobs_lane l SET {WAKE_COLUMNS}, served_at = %(at)s WHERE l.id = ANY (%(lanes)s)
"""
POSTPONE = """
UPDATE jobs_lane l SET
    ready_at = CASE WHEN l.ready_at IS NULL THEN NULL ELSE greatest(l.ready_at, r.ready_at) END,
    control_ready_at = CASE WHEN l.control_ready_at IS NULL THEN NULL ELSE greatest(l.control_ready_at, r.ready_at) END,
    served_at = %(at)s
FROM jsonb_to_recordset(%(rows)s) AS r(lane uuid, ready_at timestamptz) WHERE l.id = r.lane
"""

# Settle: fenced; an answer that comes after the lease went to another changes no state.
SETTLE_JOBS = """
UPDATE jobs_job j SET
    state = r.state, run_at = r.run_at, step = r.step, at_commit = r.at_commit, committed_at = r.committed_at,
    calls = r.calls, progress = j.progress || r.progress, runner = NULL, attempts = r.attempts,
    throttles = r.throttles, looks = r.looks, crashes = r.crashes, unknown_since = r.unknown_since,
    sent_at = r.sent_at, passes = r.passes, held_for = r.held_for, finished_at = r.finished_at,
    remote_id = CASE WHEN r.remote_id <> '' THEN r.remote_id ELSE j.remote_id END,
    permalink = CASE WHEN r.permalink <> '' THEN r.permalink ELSE j.permalink END,
    result = j.result || r.result, error_code = r.error_code, error_rule = r.error_rule, error_message = r.error_message
FROM jsonb_to_recordset(%(rows)s) AS r(
    id uuid, fence bigint, state text, run_at timestamptz, step text, at_commit boolean, committed_at timestamptz,
    calls int, progress jsonb, attempts int, throttles int, looks int, crashes int, unknown_since timestamptz,
    sent_at timestamptz, passes text[], held_for text, finished_at timestamptz, remote_id text, permalink text,
    result jsonb, error_code text, error_rule text, error_message text)
WHERE j.id = r.id AND j.state = 'running' AND j.fence = r.fence
RETURNING j.id, j.cancel_wanted
"""

SETTLE_ATTEMPTS = """
UPDATE jobs_attempt a SET
    finished_at = %(at)s, outcome = r.outcome, sent_at = r.sent_at, credential_version = r.credential_version,
    error_code = r.error_code, rule_id = r.rule_id, confidence = r.confidence, http_status = r.http_status,
    latency_ms = r.latency_ms, request_id = r.request_id, evidence = r.evidence
FROM jsonb_to_recordset(%(rows)s) AS r(
    id uuid, outcome text, sent_at timestamptz, credential_version int, error_code text, rule_id text,
    confidence text, http_status int, latency_ms int, request_id text, evidence text)
WHERE a.id = r.id AND a.outcome = ''
"""

LATE_EVIDENCE = """
UPDATE jobs_attempt a SET late_evidence = r.evidence
FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, evidence text) WHERE a.id = r.id
"""

# Release: take what is free at once; only a later statement, with a snapshot of its own, computes the next time.
LOCK_LEASED = """
SELECT l.id FROM jobs_lane l JOIN jsonb_to_recordset(%(rows)s) AS r(lane uuid, fence bigint) ON l.id = r.lane
WHERE l.leased_by = %(runner)s AND l.fence = r.fence
FOR NO KEY UPDATE OF l SKIP LOCKED
"""
STILL_LEASED = """
SELECT l.id FROM jobs_lane l JOIN jsonb_to_recordset(%(rows)s) AS r(lane uuid, fence bigint) ON l.id = r.lane
WHERE l.leased_by = %(runner)s AND l.fence = r.fence
"""
RELEASE = f"UPDATE jobs_lane l SET leased_by = NULL, {WAKE_COLUMNS} WHERE l.id = ANY (%(lanes)s)"

# Enqueue: always locks its lane, never "only if earlier": the reader of an older snapshot would lose the wake-up.
ENSURE_LANE = """
INSERT INTO jobs_lane (id, tenant_id, key, platform, scopes, held, fence, concurrency)
VALUES (%(id)s, %(tenant)s, %(key)s, %(platform)s, %(scopes)s, false, 0, %(concurrency)s)
ON CONFLICT (key) DO NOTHING
"""
WAKE_LANE = """
UPDATE jobs_lane SET
    ready_at = least(coalesce(ready_at, %(run_at)s), %(run_at)s),
    control_ready_at = CASE WHEN %(control)s THEN least(coalesce(control_ready_at, %(run_at)s), %(run_at)s)
                            ELSE control_ready_at END
WHERE key = %(key)s RETURNING id
"""
WAKE_LANES = """
UPDATE jobs_lane l SET
    ready_at = least(coalesce(l.ready_at, r.run_at), r.run_at),
    control_ready_at = CASE WHEN r.control THEN least(coalesce(l.control_ready_at, r.run_at), r.run_at)
                            ELSE l.control_ready_at END
FROM jsonb_to_recordset(%(rows)s) AS r(key text, run_at timestamptz, control boolean)
WHERE l.key = r.key RETURNING l.key, l.id
"""

# Sweep.
DEAD_RUNNERS = """
UPDATE jobs_runner SET stopped_at = now()
WHERE id IN (SELECT id FROM jobs_runner WHERE stopped_at IS NULL AND lease_until < now() FOR UPDATE SKIP LOCKED)
RETURNING id
"""
FREE_LANES = f"UPDATE jobs_lane l SET leased_by = NULL, fence = l.fence + 1, {WAKE_COLUMNS} WHERE l.leased_by = ANY (%(runners)s)"
ORPHANED_LANES = """
SELECT DISTINCT l.leased_by FROM jobs_lane l LEFT JOIN jobs_runner r ON r.id = l.leased_by
WHERE l.leased_by IS NOT NULL AND (r.id IS NULL OR r.stopped_at IS NOT NULL)
"""

LAPSED_HOLDS = """
UPDATE jobs_hold SET closed_at = until, closed_by = 'system:time' WHERE closed_at IS NULL AND until <= %(at)s
"""

# Lanes whose row says less than the truth: asleep with work, or held by nothing. Each is a defect or a hold that ran out:
# a look that rested in a lane that is held otherwise has nobody else to wake it.
ASLEEP = f"""
SELECT l.id FROM jobs_lane l
WHERE l.leased_by IS NULL AND (
    (l.held <> {HELD_LANE})
    OR (l.held AND l.control_ready_at IS NULL AND EXISTS (
        SELECT 1 FROM jobs_job j
        WHERE j.lane_id = l.id AND j.passes <> '{{}}' AND j.run_at <= %(at)s AND {RUNNABLE} AND {UNHELD}
    ))
    OR (l.ready_at IS NULL AND EXISTS (SELECT 1 FROM jobs_job j WHERE j.lane_id = l.id AND j.run_at <= %(at)s AND {RUNNABLE}))
)
LIMIT 500 FOR NO KEY UPDATE OF l SKIP LOCKED
"""
REWAKE = f"UPDATE jobs_lane l SET {WAKE_COLUMNS} WHERE l.id = ANY (%(lanes)s) AND l.leased_by IS NULL"

LATE_JOBS = """
SELECT j.id FROM jobs_job j JOIN jobs_lane l ON l.id = j.lane_id
WHERE j.state = 'queued' AND j.ask_after <= %(at)s AND j.run_at <= %(at)s AND j.admitted_at IS NULL
  AND j.committed_at IS NULL AND NOT l.held
ORDER BY j.id LIMIT 500 FOR UPDATE OF j SKIP LOCKED
"""

QUARANTINE_DUE = f"""
SELECT EXISTS (
    SELECT 1 FROM jobs_job j JOIN jobs_lane l ON l.id = j.lane_id
    WHERE l.leased_by IS NULL AND j.run_at <= %(at)s AND {QUARANTINED} AND {UNHELD}
)
"""
DUE_NOW = f"SELECT EXISTS (SELECT 1 FROM jobs_lane l WHERE {FREE_AND_DUE})"
