"""A PostgreSQL of the benchmarks' own, durable as in production, and many jobs to fill it with."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from config.stack.servers import Postgres

TENANTS, LANES = 50, 2000


def start() -> None:
    """Start it and point the settings at it; call it before Django is set up."""
    folder = Path(tempfile.mkdtemp(prefix="reknit-bench-"))
    postgres = Postgres(folder / "pg")
    os.environ["DATABASE_URL"] = postgres.start()
    os.environ.setdefault("REKNIT_ENCRYPTION_KEYS", "bench:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")

    def stop() -> None:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)


def prepare() -> None:
    """Create the tables and the tenants that are not there yet."""
    from django.core.management import call_command

    from apps.tenants.actions.create_tenant import create_tenant
    from apps.tenants.models import Tenant

    call_command("migrate", verbosity=0)
    for number in range(Tenant.objects.count(), TENANTS):
        create_tenant(name=f"Tenant {number}", admin_email=f"alice@tenant{number}.test")


def fill(jobs: int, *, in_one_lane: float = 0.0) -> None:
    """Replace every job by so many that are due, spread over the lanes or most of them in one."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE jobs_lane, jobs_job, jobs_attempt, jobs_bucket CASCADE")
        cursor.execute(_LANES, {"lanes": LANES})
    lift_limits()
    add(jobs, in_one_lane=in_one_lane)


def lift_limits() -> None:
    """Say as an operator that the partners' limits do not matter: not they are measured."""
    from apps.jobs import limits
    from apps.jobs.models import ChangedLimit

    rows = [
        ChangedLimit(platform=name, per=one.per, budget=one.budget, burst=1e9, per_minute=1e9)
        for name in limits.LIMITS.names()
        for one in limits.of(name)
    ]
    ChangedLimit.objects.bulk_create(rows, ignore_conflicts=True)


def add(jobs: int, *, in_one_lane: float = 0.0, ended: bool = False, ago: str = "0") -> None:
    """Add so many jobs that are due, since so long, or that have ended."""
    from django.db import connection

    state = "succeeded" if ended else "queued"
    one = round(jobs * in_one_lane)
    with connection.cursor() as cursor:
        cursor.execute(_JOBS, {"jobs": jobs, "one": one, "lanes": LANES, "state": state, "ago": ago})
        for table in ("jobs_lane", "jobs_job", "jobs_bucket"):
            cursor.execute(f"VACUUM ANALYZE {table}")


_LANES = """
INSERT INTO jobs_lane (id, tenant_id, key, platform, scopes, held, fence, concurrency, ready_at, waits_for)
SELECT gen_random_uuid(), t.id, 'connection:' || n, 'meta', ARRAY['lane:connection:' || n], false, 0, 1, now(), ''
FROM generate_series(1, %(lanes)s) n
JOIN (SELECT id, row_number() OVER () AS place, count(*) OVER () AS all_of_them FROM tenants_tenant) t
    ON t.place = n %% t.all_of_them + 1
"""
_JOBS = """
INSERT INTO jobs_job (
    id, lane_id, tenant_id, platform, kind, args, state, priority, created_at, due_at, run_at, passes, step, at_commit,
    calls, progress, fence, attempts, tries, throttles, looks, crashes, body_hash, fingerprint, allow_duplicate, cycle,
    held_for, cancel_wanted, remote_id, permalink, result, error_code, error_rule, error_message, actor, finished_at)
SELECT gen_random_uuid(), l.id, l.tenant_id, 'meta', 'health_check', '{"v": 1}', %(state)s, 1, now(), now(),
    now() - interval %(ago)s - n * interval '1 ms', '{}', 'check', false, '{"read": 1}', '{}', 0, 0, 0, 0, 0, 0, '', md5(random()::text), false, gen_random_uuid(),
    '', false, '', '', '{}', '', '', '', '', CASE WHEN %(state)s = 'succeeded' THEN now() END
FROM generate_series(1, %(jobs)s) n
JOIN (SELECT id, tenant_id, row_number() OVER (ORDER BY key) AS place FROM jobs_lane) l
    ON l.place = CASE WHEN n <= %(one)s THEN 1 ELSE n %% %(lanes)s + 1 END
"""
