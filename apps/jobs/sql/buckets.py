"""Buckets: what an operator said about one counts most, then what he said about its platform, then the data file."""

# Locked in the order of their ids, everywhere; `+ 0` keeps the planner from going through all of them in that order.
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
    ORDER BY b.id + 0 {lock}
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
    JOIN jobs_bucket b ON b.scope = r.scope AND b.budget = r.budget AND b.scope = ANY (%(scopes)s) ORDER BY b.id + 0 FOR UPDATE OF b
)
UPDATE jobs_bucket b SET used = greatest(0, b.used + bucket.more) FROM bucket
WHERE b.id = bucket.id AND b.id = ANY (ARRAY(SELECT id FROM bucket))
"""
# A partner that tells our app that its limit is nearly gone slows every tenant's bucket by the same part.
SLOW_DOWN = """
WITH bucket AS (
    SELECT b.id, r.part FROM jsonb_to_recordset(%(rows)s) AS r(platform text, part float)
    JOIN jobs_bucket b ON b.platform = r.platform
    WHERE b.per = 'tenant' AND (b.slowed_to, b.slowed_until) IS DISTINCT FROM (r.part, %(until)s)
    ORDER BY b.id + 0 FOR UPDATE OF b
)
UPDATE jobs_bucket b SET slowed_to = bucket.part, slowed_until = %(until)s FROM bucket WHERE b.id = bucket.id
"""
