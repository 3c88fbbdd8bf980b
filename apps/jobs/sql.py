"""The hot path's SQL: claim, settle, enqueue, sweep. Everything else in the house uses the ORM.

Lock order. Claim: lanes (SKIP LOCKED), buckets by id, jobs. Settle: jobs, buckets by id, lanes (SKIP LOCKED).
Enqueue: lane, then job, last in its transaction. So nobody but enqueue ever waits for a lane.

Heads. A lane keeps for each priority a place (run_at, id) before which it has no claimable job, so that a probe need not
step over what an old snapshot keeps of jobs long gone. A head too low costs time; one too high hides a job. Hence:
- it is raised only under the lane's lock, taken by an earlier statement, and only where no lease covers running jobs;
- who makes a job claimable lowers it under that lock (enqueue), or computes it afresh after its own change (rewake);
- a settle lowers nothing: what it gives back comes at its old place or a later one, which no head has passed.
The sweep looks below the heads all the same, once a minute.

Plans. An engine worker plans a statement once, maybe while the tables are small, and keeps the plan. So a statement says
what it looks for as an array of ids beside the rows (`= ANY`), or probes row by row (LATERAL), and what else must hold is
asked with IS TRUE, which no index serves: no plan is left that goes through all that is queued for a handful of it.
"""

from collections.abc import Callable

from apps.jobs.models import Job

# Named one by one, in the order of the model: a statement that is prepared must not change when a migration adds one.
JOB_FIELDS = [field.attname for field in Job._meta.concrete_fields]  # noqa: SLF001 - Django's documented name
_COLUMNS = ", ".join(f"j.{name}" for name in JOB_FIELDS)

PRIORITIES = (0, 1, 2)
CLAIMABLE = "j.state IN ('queued', 'verifying', 'waiting')"
NOWHERE = "'9999-12-31 00:00Z'::timestamptz"  # the head of a priority that has no claimable job

# A job under which two workers died is the quarantine's: it runs alone there, where its third blow hits nobody.
QUARANTINE_AFTER = 2

# A job that may start now, holds and quarantine apart. A post that waited through a pause needs an admission (the backfill),
# one that is late by the tenant's policy needs a person, and identical twins go out one after the other (their partial
# index serves only a query that says that it wants no empty fingerprint; else all that ever ran in the lane is read).
_MAY_START = f"""
    {CLAIMABLE}
    AND (
        j.state <> 'queued' OR j.ask_after IS NULL OR j.admitted_at IS NOT NULL OR j.committed_at IS NOT NULL
        OR (j.ask_after > %(at)s AND (l.missed_before IS NULL OR j.due_at >= l.missed_before))
    )
    AND (
        j.fingerprint = '' OR j.state <> 'queued' OR NOT EXISTS (
            SELECT 1 FROM jobs_job twin
            WHERE twin.lane_id = j.lane_id AND twin.fingerprint = j.fingerprint AND twin.id <> j.id
              AND twin.fingerprint <> ''
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

# Solo lanes are the bulk worker's: their kinds use the ORM inside the call.
_FREE = "l.leased_by IS NULL AND l.solo = %(solo)s"
_DUE = "l.ready_at <= %(at)s AND NOT l.held"
FREE_AND_DUE = f"{_FREE} AND (({_DUE}) OR l.control_ready_at <= %(at)s)"


def _from_head(priority: int) -> str:
    """Begin at the head: index entries below it belong to jobs that are gone."""
    head = f"l.head{priority}_at"
    return f"{head} < {NOWHERE} AND (j.run_at, j.id) >= ({head}, l.head{priority}_id)"


def _first(priority: int, condition: str, *, begin: str) -> str:
    """One index probe: the first job of a priority that meets the condition."""
    return f"""(
        SELECT j.run_at FROM jobs_job j
        WHERE j.lane_id = l.id AND j.priority = {priority} AND {begin} AND {condition}
        ORDER BY j.run_at, j.id LIMIT 1
    )"""


def _earliest(condition: str, *, afresh: bool) -> str:
    probes = (
        _first(priority, condition, begin="true" if afresh else _from_head(priority))
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
              AND {"true" if afresh else _from_head(priority)}
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

# Claim, first statement: the least recently served lanes, tenants taking turns. They are locked one by one in that order
# until there are enough: what another process is claiming just now is stepped over, not waited for and not missed.
LOCK_LANES = f"""
WITH due AS (
    SELECT l.id, l.tenant_id, l.served_at FROM jobs_lane l WHERE {_FREE} AND {_DUE}
    UNION ALL
    SELECT l.id, l.tenant_id, l.served_at FROM jobs_lane l
    WHERE {_FREE} AND l.control_ready_at <= %(at)s AND ({_DUE}) IS NOT TRUE
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
        WHERE j.lane_id = l.id AND j.priority = {priority} AND {_from_head(priority)}
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

# Buckets. What an operator said about one bucket counts most, then what he said about its platform, then the data file.
_WANTED = """
jsonb_to_recordset(%(rows)s)
    AS r(scope text, budget text, platform text, per text, burst float, per_minute float, share boolean)
"""
ENSURE_BUCKETS = f"""
INSERT INTO jobs_bucket (scope, budget, platform, per, used, refilled_at, slowed_to)
SELECT r.scope, r.budget, r.platform, r.per, 0, %(at)s, 1 FROM {_WANTED}
WHERE NOT EXISTS (SELECT 1 FROM jobs_bucket b WHERE b.scope = r.scope AND b.budget = r.budget)
ON CONFLICT (scope, budget) DO NOTHING
"""
_MOST = "coalesce(b.burst, CASE WHEN r.share THEN c.burst * %(part)s ELSE c.burst END, r.burst)"
_RATE = """
    coalesce(b.per_minute, CASE WHEN r.share THEN c.per_minute * %(part)s ELSE c.per_minute END, r.per_minute) * %(speed)s
"""


def _buckets(join: str, lock: str) -> str:
    return f"""
WITH bucket AS (
    SELECT r.scope, r.budget, {_MOST} AS most, {_RATE} AS rate, coalesce(b.used, 0) AS used,
        coalesce(b.refilled_at, %(at)s) AS refilled_at, coalesce(b.short_until > %(at)s, false) AS short,
        CASE WHEN b.slowed_until > %(at)s THEN b.slowed_to ELSE 1 END AS slow
    FROM {_WANTED} {join} jobs_bucket b
        ON b.scope = r.scope AND b.budget = r.budget AND b.scope = ANY (%(scopes)s)
    LEFT JOIN jobs_changedlimit c
        ON c.platform = r.platform AND c.budget = r.budget AND c.per = CASE WHEN r.share THEN 'app' ELSE r.per END
    ORDER BY b.id {lock}
)
SELECT scope, budget, most * slow, rate * slow,
    greatest(0, used - greatest(0, extract(epoch FROM %(at)s - refilled_at)) * rate * slow / 60) AS used, short
FROM bucket
"""


LOCK_BUCKETS = _buckets("JOIN", "FOR UPDATE OF b")
READ_BUCKETS = _buckets("LEFT JOIN", "")
SLOTS_TAKEN = """
SELECT s.scope, count(*) FROM jobs_job j JOIN jobs_lane l ON l.id = j.lane_id
CROSS JOIN LATERAL unnest(l.scopes || ARRAY[
    'app:' || j.platform, 'tenant:' || j.tenant_id || ':' || j.platform, 'connection:' || j.connection
]) AS s(scope)
WHERE j.state = 'running' AND s.scope = ANY (%(scopes)s) GROUP BY s.scope
"""
TAKE_CALLS = """
UPDATE jobs_bucket b
SET used = r.used, refilled_at = greatest(b.refilled_at, %(at)s), short_until = coalesce(r.short_until, b.short_until)
FROM jsonb_to_recordset(%(rows)s) AS r(scope text, budget text, used float, short_until timestamptz)
WHERE b.scope = r.scope AND b.budget = r.budget AND b.scope = ANY (%(scopes)s)
"""
# Settle: a step that made fewer calls gives the rest back; one that made more has them counted.
CORRECT_CALLS = """
WITH bucket AS (
    SELECT b.id, r.more FROM jsonb_to_recordset(%(rows)s) AS r(scope text, budget text, more float)
    JOIN jobs_bucket b ON b.scope = r.scope AND b.budget = r.budget AND b.scope = ANY (%(scopes)s) ORDER BY b.id FOR UPDATE OF b
)
UPDATE jobs_bucket b SET used = greatest(0, b.used + bucket.more) FROM bucket WHERE b.id = bucket.id
"""
# A partner that tells our app that its limit is nearly gone slows every tenant's bucket by the same part.
SLOW_DOWN = """
WITH bucket AS (
    SELECT b.id, r.part FROM jsonb_to_recordset(%(rows)s) AS r(platform text, part float)
    JOIN jobs_bucket b ON b.platform = r.platform
    WHERE b.per = 'tenant' AND (b.slowed_to, b.slowed_until) IS DISTINCT FROM (r.part, %(until)s)
    ORDER BY b.id FOR UPDATE OF b
)
UPDATE jobs_bucket b SET slowed_to = bucket.part, slowed_until = %(until)s FROM bucket WHERE b.id = bucket.id
"""

# The write-ahead: after this commit every call that may be sent has an open attempt under a fence of its own.
START = f"""
WITH jobs AS (
    UPDATE jobs_job j SET state = 'running', runner = %(runner)s, fence = r.fence, tries = j.tries + 1
    FROM jsonb_to_recordset(%(rows)s) AS r(job uuid, attempt uuid, step text, fence bigint)
    WHERE j.id = r.job AND j.id = ANY (%(jobs)s) AND ({CLAIMABLE} AND j.run_at <= %(at)s) IS TRUE
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
    calls jsonb, progress jsonb, attempts int, throttles int, looks int, crashes int, unknown_since timestamptz,
    sent_at timestamptz, passes text[], held_for text, finished_at timestamptz, remote_id text, permalink text,
    result jsonb, error_code text, error_rule text, error_message text)
WHERE j.id = r.id AND j.id = ANY (%(ids)s) AND (j.state = 'running') IS TRUE AND j.fence = r.fence
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
WHERE a.id = r.id AND a.id = ANY (%(ids)s) AND (a.outcome = '') IS TRUE
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
SELECT l.id FROM jobs_lane l JOIN jsonb_to_recordset(%(rows)s) AS r(lane uuid, fence bigint) ON l.id = r.lane
WHERE (l.leased_by = %(runner)s) IS TRUE AND l.fence = r.fence
"""
RELEASE = f"UPDATE jobs_lane l SET leased_by = NULL, {WAKE_COLUMNS} WHERE l.id = ANY (%(lanes)s)"

# Enqueue: always locks its lane, never "only if earlier": the reader of an older snapshot would lose the wake-up.
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
    result, error_code, error_rule, error_message, actor, admitted_at, parent, unknown_since, sent_at)
SELECT
    r.id, l.id, l.tenant_id, r.connection, l.platform, r.kind, r.args, r.state, r.priority, %(at)s, r.due_at, r.run_at,
    r.ask_after, r.skip_after, r.deadline, r.passes, r.step, r.at_commit, r.calls, r.progress, 0, 0, 0, 0, 0, 0,
    r.idempotency_key, r.body_hash, r.fingerprint, r.allow_duplicate, r.cycle, '', false, '', '', '{}', '', '', '', %(actor)s,
    r.admitted_at, r.parent, r.unknown_since, r.sent_at
FROM jsonb_to_recordset(%(rows)s) AS r(
    id uuid, lane text, connection uuid, kind text, args jsonb, priority int, due_at timestamptz, run_at timestamptz,
    ask_after timestamptz, skip_after timestamptz, deadline timestamptz, passes text[], step text, at_commit boolean,
    calls jsonb, progress jsonb, idempotency_key text, body_hash text, fingerprint text, allow_duplicate boolean, cycle uuid,
    state text, admitted_at timestamptz, parent uuid, unknown_since timestamptz, sent_at timestamptz)
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

# Sweep.
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
        AND {_some(f"j.passes <> '{{}}' AND j.run_at <= %(at)s AND {RUNNABLE} AND {UNHELD}", begin=_from_head)}
    )
    OR (l.ready_at IS NULL AND {_some(f"j.run_at <= %(at)s AND {RUNNABLE}", begin=_from_head)})
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

QUARANTINE_DUE = f"""
SELECT EXISTS (
    SELECT 1 FROM jobs_job j JOIN jobs_lane l ON l.id = j.lane_id
    WHERE l.leased_by IS NULL AND j.run_at <= %(at)s AND {QUARANTINED} AND {UNHELD}
)
"""
DUE_NOW = f"SELECT EXISTS (SELECT 1 FROM jobs_lane l WHERE {FREE_AND_DUE})"
