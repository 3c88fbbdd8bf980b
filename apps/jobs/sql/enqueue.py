"""Enqueue: always locks its lane, never "only if earlier": the reader of an older snapshot would lose the wake-up."""

from apps.jobs.sql.parts import PRIORITIES

ENSURE_LANE = """
INSERT INTO jobs_lane (id, tenant_id, key, platform, scopes, held, fence, concurrency, solo, waits_for)
VALUES (%(id)s, %(tenant)s, %(key)s, %(platform)s, %(scopes)s, false, 0, %(concurrency)s, %(solo)s, '')
ON CONFLICT (key) DO NOTHING
"""


def _lowered(priority: int) -> str:
    at, job = f"head{priority}_at", f"head{priority}_id"
    lower = f"%(priority)s = {priority} AND (%(run_at)s, %(job)s) < ({at}, {job})"
    return f"""
    {at} = CASE WHEN {lower} THEN %(run_at)s ELSE {at} END,
    {job} = CASE WHEN {lower} THEN %(job)s ELSE {job} END"""


WAKE_LANE = f"""
UPDATE jobs_lane SET
    ready_at = least(coalesce(ready_at, %(run_at)s), %(run_at)s),
    control_ready_at = CASE WHEN %(control)s THEN least(coalesce(control_ready_at, %(run_at)s), %(run_at)s)
                            ELSE control_ready_at END,
    {", ".join(_lowered(priority) for priority in PRIORITIES)}
WHERE key = %(key)s RETURNING id
"""

# The same for many: lanes by key, jobs by idempotency key, each in one order.
ENSURE_LANES = """
INSERT INTO jobs_lane (id, tenant_id, key, platform, scopes, held, fence, concurrency, solo, waits_for)
SELECT r.id, r.tenant, r.key, r.platform, r.scopes, false, 0, r.concurrency, coalesce(r.solo, false), ''
FROM jsonb_to_recordset(%(rows)s) AS r(
    id uuid, tenant uuid, key text, platform text, scopes text[], concurrency int, solo boolean)
WHERE NOT EXISTS (SELECT 1 FROM jobs_lane l WHERE l.key = r.key)
ORDER BY r.key ON CONFLICT (key) DO NOTHING
"""
# By id, as whoever else locks several lanes and waits for them.
LOCK_LANES_BY_KEY = "SELECT 1 FROM jobs_lane WHERE key = ANY (%(keys)s) ORDER BY id FOR NO KEY UPDATE"


def _lowered_to(priority: int) -> str:
    at, job = f"head{priority}_at", f"head{priority}_id"
    lower = f"(r.{at}, r.{job}) < (l.{at}, l.{job})"
    return f"""
    {at} = CASE WHEN {lower} THEN r.{at} ELSE l.{at} END, {job} = CASE WHEN {lower} THEN r.{job} ELSE l.{job} END"""


LOWER_LANES = f"""
UPDATE jobs_lane l SET
    ready_at = least(l.ready_at, r.run_at), control_ready_at = least(l.control_ready_at, r.control_run_at),
    {",".join(_lowered_to(priority) for priority in PRIORITIES)}
FROM jsonb_to_recordset(%(rows)s) AS r(
    key text, run_at timestamptz, control_run_at timestamptz, head0_at timestamptz, head0_id uuid, head1_at timestamptz,
    head1_id uuid, head2_at timestamptz, head2_id uuid)
WHERE l.key = r.key
"""
INSERT_JOBS = """
INSERT INTO jobs_job (
    id, lane_id, tenant_id, connection, platform, kind, args, state, priority, created_at, due_at, run_at, ask_after,
    skip_after, deadline, passes, step, at_commit, calls, progress, fence, attempts, tries, throttles, looks, crashes,
    idempotency_key, body_hash, fingerprint, allow_duplicate, cycle, held_for, cancel_wanted, remote_id, permalink,
    result, error_code, error_rule, error_message, actor, admitted_at, parent, unknown_since, sent_at, request)
SELECT
    r.id, l.id, l.tenant_id, r.connection, l.platform, r.kind, r.args, r.state, r.priority, %(at)s, r.due_at, r.run_at,
    r.ask_after, r.skip_after, r.deadline, r.passes, r.step, r.at_commit, r.calls, r.progress, 0, 0, 0, 0, 0, 0,
    r.idempotency_key, r.body_hash, r.fingerprint, r.allow_duplicate, r.cycle, '', false, '', '', '{}', '', '', '', %(actor)s,
    r.admitted_at, r.parent, r.unknown_since, r.sent_at, r.request
FROM jsonb_to_recordset(%(rows)s) AS r(
    id uuid, lane text, connection uuid, kind text, args jsonb, priority int, due_at timestamptz, run_at timestamptz,
    ask_after timestamptz, skip_after timestamptz, deadline timestamptz, passes text[], step text, at_commit boolean,
    calls jsonb, progress jsonb, idempotency_key text, body_hash text, fingerprint text, allow_duplicate boolean, cycle uuid,
    state text, admitted_at timestamptz, parent uuid, unknown_since timestamptz, sent_at timestamptz, request uuid)
JOIN jobs_lane l ON l.key = r.lane
ORDER BY r.idempotency_key, r.id
ON CONFLICT (tenant_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
RETURNING id
"""
JOBS_BY_KEY = """
SELECT j.tenant_id, j.idempotency_key, j.id, j.body_hash
FROM jobs_job j JOIN jsonb_to_recordset(%(rows)s) AS r(tenant uuid, key text)
    ON j.tenant_id = r.tenant AND j.idempotency_key = r.key
"""
