"""The statements that count: each reads a stretch of rows once and adds it to minutes, hours and days, all or nothing."""

from apps.insights.latency import BOUNDS, SIZE

_PLACES = range(SIZE)
_NAMES = "tenant_id, platform, kind, outcome, code"
_BOUNDS = f"ARRAY[{', '.join(str(bound) for bound in BOUNDS)}]"
# Column by column until the end: arrays that are taken apart and put together cost more than everything else.
_COLUMNS = ", ".join(f"t{place}" for place in _PLACES)
_TIMES = ", ".join(f"count(*) FILTER (WHERE place = {place}) AS t{place}" for place in _PLACES)
_NO_TIMES = ", ".join(f"0 AS t{place}" for place in _PLACES)
_SUMS = ", ".join(f"sum(t{place})::bigint AS t{place}" for place in _PLACES)
_MERGED = f"""ARRAY[{", ".join(f"r.took[{place + 1}] + excluded.took[{place + 1}]" for place in _PLACES)}]"""


def _longer(span: str, of: str) -> str:
    return f"""
    SELECT date_trunc('{span}', begin, 'UTC') AS begin, {_NAMES}, sum(count)::bigint AS count, {_SUMS}
    FROM {of} GROUP BY 1, {_NAMES}"""


def _added(counted: str) -> str:
    """Add what `parts` counted; hours come from it and days from the hours."""
    return f"""
hours AS MATERIALIZED ({_longer("hour", "parts")}
), days AS ({_longer("day", "hours")}
), added AS (
    INSERT INTO insights_rollup AS r (span, begin, {_NAMES}, count, took, counted)
    SELECT span, begin, {_NAMES}, count, ARRAY[{_COLUMNS}], '{counted}' FROM (
        SELECT 'minute' AS span, * FROM parts WHERE begin >= %(minutes_since)s
        UNION ALL SELECT 'hour', * FROM hours
        UNION ALL SELECT 'day', * FROM days
    ) AS levels
    ON CONFLICT (tenant_id, span, counted, begin, platform, kind, outcome, code)
    DO UPDATE SET count = r.count + excluded.count, took = {_MERGED}
)"""


def _begin(at: str) -> str:
    """Minutes are kept for so long only: what is counted later than that needs none."""
    return f"CASE WHEN {at} >= %(minutes_since)s THEN date_trunc('minute', {at}) ELSE date_trunc('hour', {at}, 'UTC') END"


def _on_no_stage(connection: str, at: str) -> str:
    """What a drill's stage answered is no partner's doing. There are few routes: they are hashed once a chunk."""
    return f"""NOT EXISTS (
        SELECT 1 FROM connections_egressroute r
        WHERE r.connection_id = {connection} AND {at} BETWEEN r.opened_at AND coalesce(r.closed_at, r.until)
    )"""


# Attempts in the order of their ids, up to a moment before which none can turn up any more. What has not ended yet is
# remembered and counted when it has: one statement, so that nothing ends between two looks.
CALLS = f"""
WITH fresh AS MATERIALIZED (
    SELECT a.id, a.job_id, a.outcome, a.error_code, a.latency_ms, a.started_at, a.finished_at FROM jobs_attempt a
    WHERE a.id > %(after)s AND a.id < %(before)s ORDER BY a.id LIMIT %(most)s
), left_open AS (
    INSERT INTO insights_opencall (id) SELECT id FROM fresh WHERE finished_at IS NULL
), ended AS MATERIALIZED (
    SELECT a.* FROM insights_opencall o CROSS JOIN LATERAL (
        SELECT a.id, a.job_id, a.outcome, a.error_code, a.latency_ms, a.started_at, a.finished_at FROM jobs_attempt a
        WHERE a.id = o.id AND a.finished_at IS NOT NULL LIMIT 1
    ) a
), forgotten AS (
    DELETE FROM insights_opencall WHERE id IN (SELECT id FROM ended)
), parts AS MATERIALIZED (
    SELECT {_begin("c.finished_at")} AS begin, j.tenant_id, j.platform, j.kind, c.outcome, c.error_code AS code,
        count(*) AS count, {_TIMES}
    FROM (
        SELECT *, width_bucket(latency_ms, {_BOUNDS}) AS place FROM (
            SELECT * FROM fresh WHERE finished_at IS NOT NULL UNION ALL SELECT * FROM ended
        ) AS both_of_them
    ) AS c JOIN jobs_job j ON j.id = c.job_id
    WHERE NOT (j.kind = 'publish' AND 'drill' = ANY (j.passes)) AND {_on_no_stage("j.connection", "c.started_at")}
    GROUP BY 1, 2, 3, 4, 5, 6
), {_added("call")}
SELECT count(*), (SELECT id FROM fresh ORDER BY id DESC LIMIT 1) FROM fresh
"""

# The log in the order of its commits, as every reader of it.
EVENTS = f"""
WITH fresh AS MATERIALIZED (
    SELECT e.xid, e.id, e.tenant, e.verb, e.subject, e.at, e.data FROM events_event e
    WHERE (e.xid, e.id) > (%(after_xid)s::text::xid8, %(after)s) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY e.xid, e.id LIMIT %(most)s
), parts AS MATERIALIZED (
    SELECT {_begin("e.at")} AS begin, e.tenant AS tenant_id, left(coalesce(e.data ->> 'platform', c.platform, ''), 20) AS platform,
        left(coalesce(e.data ->> 'kind', ''), 40) AS kind, e.verb AS outcome,
        left(coalesce(e.data ->> 'answer', CASE WHEN e.data ? 'found' THEN 'FOUND' END, e.data ->> 'code', ''), 40) AS code,
        count(*) AS count, {_NO_TIMES}
    FROM fresh e
    LEFT JOIN connections_connection c
        ON c.id = CASE WHEN e.subject LIKE 'connection:%%' THEN substring(e.subject FROM 12)::uuid END
    WHERE e.verb = ANY (%(verbs)s) AND EXISTS (SELECT 1 FROM tenants_tenant t WHERE t.id = e.tenant)
      AND {_on_no_stage("c.id", "e.at")}
    GROUP BY 1, 2, 3, 4, 5, 6
), {_added("event")}
SELECT count(*), (SELECT id FROM fresh ORDER BY xid DESC, id DESC LIMIT 1),
    (SELECT xid::text::bigint FROM fresh ORDER BY xid DESC, id DESC LIMIT 1) FROM fresh
"""

# When this transaction began, the oldest one that is open, and this one's own number: whoever has a smaller one got it
# before; whoever has a larger one got it after that moment, and made its ids later still. (A snapshot's xmax is no such
# border: it follows what has ended, not what has begun.)
MOMENT = """
SELECT now(), pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_current_xact_id()::text::bigint
"""
