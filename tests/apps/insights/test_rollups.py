"""Counting by minutes, hours and days gives what a recount of the raw rows gives, in whatever order they came."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import clock, ids, partitions
from apps.events import log
from apps.insights import latency, queries, rollups
from apps.insights.choices import Counted, Span
from apps.insights.models import OpenCall, Progress, Rollup
from apps.jobs.models import Attempt, Job
from apps.tenants.models import Tenant
from tests.crowd import Crowd, make_crowd
from tests.following import wait_for_older
from tests.whole import WHOLE

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def crowd(committed: None) -> Crowd:
    """Four jobs of two tenants, and no attempt."""
    return make_crowd(4, tenants=2)


def make_attempt(job: Job, made: datetime, ended: datetime | None, rng: Random) -> UUID:
    """Write an attempt as claim and settle do; an hour ago, so that no transaction can still bring an older one."""
    key = UUID(int=ids.floor(made).int | rng.getrandbits(62))
    code = rng.choice(["", "PARTNER_5XX", "RATE_LIMIT_429"])
    row = Attempt(id=key, job=job, step="send", number=1, fence=1, started_at=made)
    row.finished_at, row.outcome = ended, "" if ended is None else "failure" if code else "success"
    row.error_code, row.latency_ms = code, rng.choice([None, 3, 90, 40_000])
    row.save(force_insert=True)
    return key


def end_attempt(key: UUID, ended: datetime) -> None:
    """Let one end that was open."""
    Attempt.objects.filter(pk=key, finished_at=None).update(finished_at=ended, outcome="success")


def roll_up(chunk: int = 3) -> None:
    """Count twice: what is seen first is settled by the second time, once nobody older is at work in the cluster."""
    for _ in range(2):
        wait_for_older()
        rollups.roll_up(at=clock.now(), chunk=chunk)


def recount() -> dict[Span, Counter[tuple[Any, ...]]]:
    """Count the raw rows, the plain way."""
    found: dict[Span, Counter[tuple[Any, ...]]] = {span: Counter() for span in Span}
    for one in Attempt.objects.filter(finished_at__isnull=False).select_related("job"):
        at: datetime = one.finished_at  # type: ignore[assignment]
        minute = at.replace(second=0, microsecond=0)
        begins = {
            Span.MINUTE: minute,
            Span.HOUR: minute.replace(minute=0),
            Span.DAY: minute.replace(hour=0, minute=0),
        }
        names = (one.job.tenant_id, one.job.platform, one.job.kind, one.outcome, one.error_code)
        place = None if one.latency_ms is None else sum(bound <= one.latency_ms for bound in latency.BOUNDS)
        for span, begin in begins.items():
            found[span][(begin, *names, "count")] += 1
            if place is not None:
                found[span][(begin, *names, place)] += 1
    return found


def counted() -> dict[Span, Counter[tuple[Any, ...]]]:
    """Read what was counted, in the same form."""
    found: dict[Span, Counter[tuple[Any, ...]]] = {span: Counter() for span in Span}
    for row in Rollup.objects.across_tenants().filter(counted=Counted.CALL):
        names = (row.begin, row.tenant_id, row.platform, row.kind, row.outcome, row.code)
        found[Span(row.span)][(*names, "count")] += row.count
        for place, count in enumerate(row.took):
            found[Span(row.span)][(*names, place)] += count
    return {span: +rows for span, rows in found.items()}


STEPS = st.lists(
    st.tuples(st.sampled_from(["ended", "open", "end", "late", "roll", "crash"]), st.integers(0, 2**16)),
    min_size=3,
    max_size=25,
)


@settings(
    max_examples=15 if WHOLE else 8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_counting_in_parts_gives_what_a_recount_gives(steps: list[tuple[str, int]], crowd: Crowd) -> None:
    for model in (Attempt, Progress, OpenCall):
        model.objects.all().delete()
    Rollup.objects.across_tenants().delete()
    jobs = list(Job.objects.across_tenants().order_by("pk"))
    begin, opened = clock.real_now() - timedelta(hours=2), []

    for place, (step, seed) in enumerate(steps):
        rng, made = Random(seed), begin + timedelta(seconds=97 * place)
        job, ended = rng.choice(jobs), made + timedelta(seconds=rng.random() * 600)
        if step == "ended":
            make_attempt(job, made, ended, rng)
        elif step == "open":
            opened.append(make_attempt(job, made, None, rng))
        elif step == "end" and opened:
            end_attempt(opened.pop(), ended)
        elif step == "roll":
            roll_up(chunk=1 + seed % 4)
        elif step == "crash":
            with transaction.atomic():  # killed before the commit: nothing of it counts
                rollups.roll_up(at=clock.now())
                transaction.set_rollback(True)
    roll_up()
    roll_up()

    assert counted() == recount()
    assert set(OpenCall.objects.values_list("pk", flat=True)) == set(opened)


def test_what_an_open_transaction_may_still_bring_is_not_passed(crowd: Crowd) -> None:
    job, rng = Job.objects.across_tenants()[0], Random(1)
    made = clock.real_now() - timedelta(hours=1)
    slow = connections.create_connection("default")
    with slow.cursor() as claim:
        claim.execute("BEGIN; SELECT pg_current_xact_id()")
        # Stands for one that commits late: its id is older than the mark.
        early = make_attempt(job, made, made, rng)
        Attempt.objects.filter(pk=early).update(finished_at=None, outcome="")
        make_attempt(job, made + timedelta(minutes=1), made + timedelta(minutes=1), rng)
        for _ in range(2):
            rollups.roll_up(at=clock.now(), chunk=3)
        complete = set(Progress.objects.values_list("complete_until", flat=True))
        before = (Rollup.objects.across_tenants().count(), complete)
        claim.execute("COMMIT")
    slow.close()
    end_attempt(early, made)

    roll_up()

    assert before == (0, {None})
    assert counted() == recount()
    assert rollups.complete_until() is not None


def test_the_log_is_counted_by_its_verbs_with_the_partner_of_what_it_is_about(crowd: Crowd) -> None:
    page = crowd.connections[0]
    about = {"tenant": page.tenant_id, "actor": "system:engine", "at": NOON}
    job = {"kind": "publish", "platform": "meta"}
    with transaction.atomic():
        log.record("connection.reconnected", subject=f"connection:{page.pk}", **about)  # type: ignore[arg-type]
        log.record("job.succeeded", subject="job:1", data={**job, "found": True}, **about)  # type: ignore[arg-type]
        log.record("job.answered", subject="job:2", data={**job, "answer": "skip"}, **about)  # type: ignore[arg-type]
        log.record("job.held", subject="job:3", data=job, **about)  # type: ignore[arg-type]

    roll_up()
    roll_up()

    rows = queries.totals(
        tenant=page.tenant_id, counted=Counted.EVENT, begin=NOON, end=NOON + timedelta(days=1)
    )
    assert [(row.outcome, row.platform, row.kind, row.code, row.count) for row in rows] == [
        ("connection.reconnected", "meta", "", "", 1),
        ("job.answered", "meta", "publish", "skip", 1),
        ("job.succeeded", "meta", "publish", "FOUND", 1),
    ]


@pytest.mark.django_db
class TestReading:
    def test_takes_days_where_they_are_whole_and_the_rest_from_hours_and_minutes(self) -> None:
        begin, end = NOON.replace(minute=58), NOON + timedelta(days=2, hours=1, minutes=2)

        found = list(queries.stretches(begin, end))

        at = lambda day, hour, minute=0: datetime(2026, 11, day, hour, minute, tzinfo=UTC)  # noqa: E731
        assert found == [
            (Span.MINUTE, at(24, 12, 58), at(24, 13)),
            (Span.HOUR, at(24, 13), at(25, 0)),
            (Span.DAY, at(25, 0), at(26, 0)),
            (Span.HOUR, at(26, 0), at(26, 13)),
            (Span.MINUTE, at(26, 13), at(26, 13, 2)),
        ]

    @pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.95, 925), (1.0, 1000)])
    def test_percentiles_of_merged_times_lie_within_their_bounds(self, share: float, expected: int) -> None:
        took = (
            [0, 0, 50, 0, 0, 0, 10, 0, 0, 0, 0, 0] if share == 0.5 else [50, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0]
        )

        found = latency.percentile(took, share)

        assert found is not None
        assert abs(found - expected) <= expected / 2
        assert latency.percentile(latency.NOTHING, share) is None

    def test_shows_a_tenant_its_own_rows_only(self) -> None:
        acme, globex = (Tenant.objects.create(name=name, slug=name) for name in ("acme", "globex"))
        day = partitions.monday(NOON)
        names = {"span": "day", "begin": day, "counted": "call", "platform": "meta", "kind": "publish"}
        Rollup.objects.bulk_create(
            [
                Rollup(tenant=one, outcome="success", count=count, took=list(latency.NOTHING), **names)
                for one, count in ((acme, 2), (globex, 40))
            ]
        )

        rows = queries.totals(tenant=acme.pk, counted=Counted.CALL, begin=day, end=day + timedelta(days=7))

        assert [row.count for row in rows] == [2]


def test_the_statements_run_in_a_time_zone_of_any_kind(crowd: Crowd) -> None:
    job, made = Job.objects.across_tenants()[0], clock.real_now() - timedelta(hours=1)
    make_attempt(job, made, datetime(2026, 11, 24, 22, 30, tzinfo=UTC), Random(2))
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'Asia/Tokyo'")
        roll_up()
        cursor.execute("SET TIME ZONE 'UTC'")

    assert counted()[Span.DAY] == recount()[Span.DAY]
