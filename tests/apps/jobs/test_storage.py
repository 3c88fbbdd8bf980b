"""How PostgreSQL keeps the engine's rows is part of the schema, and read back here."""

import pytest
from django.db import connection

from apps.core import clock
from apps.jobs.sql import claim as sql
from tests.make import make_job, make_many_finished, make_tenant
from tests.scripted import Script

pytestmark = pytest.mark.django_db
BY_THRESHOLD = {
    "jobs_lane": {"fillfactor=70", "autovacuum_vacuum_threshold=2000", "autovacuum_vacuum_scale_factor=0"},
    "jobs_job": {"fillfactor=70", "autovacuum_vacuum_threshold=5000", "autovacuum_vacuum_scale_factor=0.02"},
    "jobs_bucket": {"fillfactor=30", "autovacuum_vacuum_threshold=1000", "autovacuum_vacuum_scale_factor=0"},
}
ATTEMPTS = {"fillfactor=60", "autovacuum_vacuum_threshold=5000", "autovacuum_vacuum_scale_factor=0.02"}


def options(where: str) -> dict[str, set[str]]:
    """Return the storage settings of tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT relname, coalesce(reloptions, '{{}}') FROM pg_class WHERE {where}")  # noqa: S608
        return {name: set(found) for name, found in cursor.fetchall()}


def test_rows_that_are_written_often_have_room_and_are_swept_early() -> None:
    found = options("relname IN ('jobs_lane', 'jobs_job', 'jobs_bucket')")

    assert found == {
        name: wanted | {"autovacuum_vacuum_cost_delay=0"} for name, wanted in BY_THRESHOLD.items()
    }


def test_so_have_the_attempts_of_every_week() -> None:
    found = options("oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'jobs_attempt'::regclass)")

    assert len(found) > 5
    assert set(map(frozenset, found.values())) == {frozenset(ATTEMPTS | {"autovacuum_vacuum_cost_delay=0"})}


def test_no_foreign_key_points_at_a_table_by_weeks() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f'"
            " AND confrelid IN (SELECT partrelid FROM pg_partitioned_table)"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    ("setting", "value"), [("jit", "off"), ("idle_in_transaction_session_timeout", "1min")]
)
def test_our_connections_say_what_they_need(setting: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [setting])
        assert cursor.fetchone()[0] == value


@pytest.mark.parametrize("table", ["jobs_attempt", "events_event"])
def test_a_row_is_looked_up_in_one_week(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN SELECT 1 FROM {table} WHERE id = '0199d5a4-0000-7000-8000-000000000000'")  # noqa: S608
        plan = " ".join(row[0] for row in cursor.fetchall())

    assert plan.count(" on ") == 1


def test_identical_twins_are_looked_for_among_unfinished_jobs_only(script: Script) -> None:
    tenant, _ = make_tenant()
    job = make_job(tenant, fingerprint="same")
    make_many_finished(job)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_job")
        params = {"lanes": [job.lane_id], "at": clock.now(), "kinds": ["scripted"], "versions": [1]}
        cursor.execute(f"EXPLAIN {sql.DUE_JOBS}", params)
        plan = " ".join(row[0] for row in cursor.fetchall() if " twin" in row[0])

    assert plan.count("using job_unresolved_fingerprint") == 3
