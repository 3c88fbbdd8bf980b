"""How fast is what happened counted, and how fast is a month of it read again?

Peers: a bare GROUP BY of the same attempts that keeps nothing; the same question asked of the attempts themselves.
"""

import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from apps.core import clock, ids, partitions
from apps.insights import queries, rollups
from apps.insights.choices import Counted
from apps.insights.models import Progress, Rollup
from apps.jobs import retention
from apps.tenants.models import Tenant
from tests.bench import database
from tests.bench.row import Row

DAYS, A_DAY, JOBS = 30, 333_334, 200_000
TIMES, LAP = 9, 20  # reads; chunks that are timed together: a million attempts
_KINDS = """
UPDATE jobs_job SET kind = (ARRAY['publish', 'publish', 'publish', 'health_check'])[1 + abs(hashtext(id::text)) %% 4],
    platform = (ARRAY['meta', 'linkedin', 'tiktok', 'gbp', 'mailchimp'])[1 + abs(hashtext(id::text)) %% 5]
"""
_PLACES = "CREATE TEMP TABLE places AS SELECT id, row_number() OVER () - 1 AS place FROM jobs_job"
# Ids as the engine makes them, in order of time; one in ten fails, with one of five codes.
_ATTEMPTS = """
INSERT INTO jobs_attempt (id, job_id, step, number, fence, started_at, sent_at, finished_at, outcome, error_code, rule_id,
    confidence, latency_ms, request_id, evidence, late_evidence)
SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid,
    p.id, 'post', 1, 1, at, at, at + interval '300 ms', CASE WHEN bad = 0 THEN 'failure' ELSE 'success' END,
    CASE WHEN bad = 0 THEN (ARRAY['PARTNER_5XX', 'RATE_LIMIT_429', 'AUTH_EXPIRED', 'CONTENT_INVALID', 'UNKNOWN'])[1 + n %% 5]
        ELSE '' END, '', '', (20 + random() * 900)::int, '', '', ''
FROM (
    SELECT n, n %% 10 AS bad, %(begin)s::timestamptz + n * (interval '1 day' / %(many)s) AS at
    FROM generate_series(0, %(many)s - 1) AS n
) AS made JOIN places p ON p.place = (n::bigint * 7919) %% %(jobs)s
"""
_BARE = """
SELECT date_trunc('minute', a.finished_at), j.tenant_id, j.platform, j.kind, a.outcome, a.error_code, count(*),
    sum(a.latency_ms)
FROM jobs_attempt a JOIN jobs_job j ON j.id = a.job_id WHERE a.id >= %s AND a.id < %s GROUP BY 1, 2, 3, 4, 5, 6
"""
_RAW = """
SELECT j.platform, j.kind, a.outcome, a.error_code, count(*),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY a.latency_ms)
FROM jobs_attempt a JOIN jobs_job j ON j.id = a.job_id
WHERE j.tenant_id = %s AND a.finished_at >= %s AND a.finished_at < %s GROUP BY 1, 2, 3, 4
"""


def run() -> list[Row]:
    """Make ten million attempts over a month, count them, and ask for the month of one tenant."""
    database.prepare()
    end = clock.real_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    begin = end - timedelta(days=DAYS)
    _fill(begin)
    return [_counting(end), _reading(begin, end)]


def _counting(end: datetime) -> Row:
    laps: list[float] = []
    while True:
        began = time.perf_counter()
        read = sum(rollups.roll_up(at=clock.now(), budget=0) for _ in range(LAP))
        if read < LAP * rollups.CHUNK:
            break  # the last lap is a short one
        laps.append(read / (time.perf_counter() - began))
    counted = sum(Rollup.objects.across_tenants().filter(span="day").values_list("count", flat=True))
    if counted != DAYS * A_DAY:
        raise RuntimeError(f"{counted} attempts were counted, and there are {DAYS * A_DAY}.")
    middle = statistics.median(laps)
    day = (ids.floor(end - timedelta(days=1)), ids.floor(end))
    bare = A_DAY / (_timed(lambda: _ask(_BARE, day)) / 1000)
    spread = (max(laps) - min(laps)) / middle
    return Row(
        "metrics.rollup", middle, "attempts/s", "a bare GROUP BY of them", bare, spread, 50_000, 0, "more"
    )


def _reading(begin: datetime, end: datetime) -> Row:
    tenant = Tenant.objects.exclude(slug="_operations").order_by("name")[0].pk
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE insights_rollup")
    ours = [_timed(lambda: _totals(tenant, begin, end)) for _ in range(TIMES)]
    raw = _timed(lambda: _ask(_RAW, (tenant, begin, end)))
    middle = statistics.median(ours)
    spread = (max(ours) - min(ours)) / middle
    return Row("metrics.summary", middle, "ms", "asking the attempts themselves", raw, spread, 200, 0, "less")


def _totals(tenant: UUID, begin: datetime, end: datetime) -> None:
    rows = queries.totals(tenant=tenant, counted=Counted.CALL, begin=begin, end=end)
    if sum(row.count for row in rows) < DAYS * A_DAY / database.TENANTS / 2:
        raise RuntimeError("Most of the tenant's attempts are missing.")


def _fill(begin: datetime) -> None:
    database.fill(JOBS)
    for model in (Rollup.objects.across_tenants(), Progress.objects.all()):
        model.delete()
    for week in range(DAYS // 7 + 2):
        partitions.ensure(retention.WEEKS, at=begin + timedelta(weeks=week))
    _ask(_KINDS, {})
    _ask(_PLACES, {})
    _ask("SET work_mem = '64MB'", {})  # they are joined in memory, and so stay in order of time
    for day in range(DAYS):
        _ask(_ATTEMPTS, {"begin": begin + timedelta(days=day), "many": A_DAY, "jobs": JOBS})
    _ask("RESET work_mem", {})
    for table in ("jobs_job", "jobs_attempt"):
        _ask(f"VACUUM ANALYZE {table}", {})


def _ask(statement: str, known: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, known)  # type: ignore[arg-type]
        if cursor.description:
            cursor.fetchall()


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000
