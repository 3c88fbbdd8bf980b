"""Settle and release: fenced; an answer that comes after the lease went to another changes no state."""

from apps.jobs.sql.parts import seen
from apps.jobs.sql.wake import WAKE_COLUMNS

SETTLE_JOBS = f"""
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
    calls jsonb, progress jsonb, attempts int, throttles int, looks int, crashes int, unknown_since timestamptz,
    sent_at timestamptz, passes text[], held_for text, finished_at timestamptz, remote_id text, permalink text,
    result jsonb, error_code text, error_rule text, error_message text)
WHERE j.id = r.id AND j.id = ANY (%(ids)s) AND {seen("j.state = 'running'")} AND j.fence = r.fence
RETURNING j.id, j.cancel_wanted
"""

SETTLE_ATTEMPTS = f"""
UPDATE jobs_attempt a SET
    finished_at = %(at)s, outcome = r.outcome, sent_at = r.sent_at, credential_version = r.credential_version,
    error_code = r.error_code, rule_id = r.rule_id, confidence = r.confidence, http_status = r.http_status,
    latency_ms = r.latency_ms, request_id = r.request_id, evidence = r.evidence
FROM jsonb_to_recordset(%(rows)s) AS r(
    id uuid, outcome text, sent_at timestamptz, credential_version int, error_code text, rule_id text,
    confidence text, http_status int, latency_ms int, request_id text, evidence text)
WHERE a.id = r.id AND a.id = ANY (%(ids)s) AND {seen("a.outcome = ''")}
"""

LATE_EVIDENCE = """
UPDATE jobs_attempt a SET late_evidence = r.evidence
FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, evidence text) WHERE a.id = r.id AND a.id = ANY (%(ids)s)
"""

# Release: take what is free at once; only a later statement, with a snapshot of its own, computes the next time.
LOCK_LEASED = """
SELECT l.id FROM jsonb_to_recordset(%(rows)s) AS r(lane uuid, fence bigint) CROSS JOIN LATERAL (
    SELECT l.id FROM jobs_lane l
    WHERE l.id = r.lane AND (l.leased_by = %(runner)s AND l.fence = r.fence) IS TRUE FOR NO KEY UPDATE SKIP LOCKED
) AS l
"""
STILL_LEASED = """
SELECT l.id FROM jsonb_to_recordset(%(rows)s) AS r(lane uuid, fence bigint) CROSS JOIN LATERAL (
    SELECT l.id FROM jobs_lane l
    WHERE l.id = r.lane AND (l.leased_by = %(runner)s AND l.fence = r.fence) IS TRUE LIMIT 1
) AS l
"""
RELEASE = f"UPDATE jobs_lane l SET leased_by = NULL, {WAKE_COLUMNS} WHERE l.id = ANY (%(lanes)s)"
