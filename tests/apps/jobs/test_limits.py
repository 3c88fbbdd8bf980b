"""What partners allow is kept: by account, sign-in, tenant and app, each counted by itself, and shared fairly."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.contrib.admin import AdminSite
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext

from apps.connections.models import Connection
from apps.core import clock
from apps.events.models import Event
from apps.jobs import buckets, lease, limits, live
from apps.jobs.actions.tune import forget, tune
from apps.jobs.admin.limits import BucketAdmin
from apps.jobs.choices import JobState
from apps.jobs.claim import Claimed, claim
from apps.jobs.explain import explain
from apps.jobs.limits import Budget, Limit, Per
from apps.jobs.models import Bucket, ChangedLimit, ChangedRetry, Hold, Job
from apps.jobs.pump import Pump
from apps.jobs.sweep import sweep
from apps.tenants.models import Tenant
from tests.make import make_connection, make_job, make_lane, make_publish, make_tenant, reload
from tests.scripted import failure
from tests.simulator import Simulator


def limited(monkeypatch: pytest.MonkeyPatch, *rows: Limit, platform: str = "meta") -> None:
    """Let a platform have these limits and no others."""
    monkeypatch.setitem(limits.LIMITS._things, platform, rows)


def claimed(number: int = 100) -> list[Claimed]:
    """Claim as a worker does, and keep it."""
    return claim(lease.register("test"), lanes=number)


@pytest.fixture
def acme(committed: None, script: object) -> Tenant:
    return make_tenant()[0]


def make_jobs(tenant: Tenant, number: int, *, prefix: str = "connection") -> list[Job]:
    """Enqueue a job in each of so many lanes."""
    return [make_job(tenant, lane=make_lane(tenant, f"{prefix}:{one}")) for one in range(number)]


def test_a_tenant_gets_no_more_than_its_burst(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, Limit(Per.TENANT, Budget.CALLS, burst=3, per_minute=60))
    make_jobs(acme, 5)

    assert len(claimed()) == 3


def test_what_comes_back_in_time_lets_one_lane_after_the_other_go(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, Limit(Per.TENANT, Budget.CALLS, burst=1, per_minute=60))
    make_jobs(acme, 3)
    claimed()

    clock.travel(timedelta(seconds=1.1))
    first = claimed()
    clock.travel(timedelta(seconds=1.1))

    assert (len(first), len(claimed())) == (1, 1)


def test_two_workers_at_once_get_no_more_than_the_burst(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, Limit(Per.TENANT, Budget.CALLS, burst=6, per_minute=0.001))
    make_jobs(acme, 20)
    claim(lease.register("first"), lanes=1)  # the bucket's row is there, and 5 calls are left
    both_have_read, write = Barrier(2), buckets._write

    def write_late(*given: Any) -> None:
        with suppress(BrokenBarrierError):  # the other one waits for the row: it cannot have read it
            both_have_read.wait(timeout=1)
        write(*given)

    monkeypatch.setattr(buckets, "_write", write_late)

    def work(_number: int) -> int:
        try:
            return len(claim(lease.register("racer"), lanes=4))
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as threads:
        taken = list(threads.map(work, range(2)))

    assert sorted(taken) == [1, 4]


def test_one_tenants_empty_bucket_is_its_own(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, Limit(Per.TENANT, Budget.CALLS, burst=1, per_minute=1))
    globex = make_tenant("Globex", "charlie@globex.test")[0]
    make_jobs(acme, 3)
    make_jobs(globex, 1, prefix="connection:g")

    assert Counter(one.job.tenant_id for one in claimed()) == {acme.pk: 1, globex.pk: 1}


def test_a_wait_for_calls_burns_no_try_and_names_whose_limit_it_is(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, Limit(Per.APP, Budget.CALLS, burst=1, per_minute=1))
    jobs = make_jobs(acme, 2)
    started = {one.job.pk for one in claimed()}

    (waiting,) = (reload(job) for job in jobs if job.pk not in started)

    why = explain(waiting, at=clock.now())
    assert (waiting.attempts, waiting.tries, why.blocked_by) == (0, 0, "bucket:app")
    assert why.next_at is not None


def test_what_all_share_is_shared_in_turns(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, Limit(Per.APP, Budget.CALLS, burst=4, per_minute=1))
    globex = make_tenant("Globex", "charlie@globex.test")[0]
    make_jobs(acme, 10)
    make_jobs(globex, 10, prefix="connection:g")

    assert Counter(one.job.tenant_id for one in claimed()) == {acme.pk: 2, globex.pk: 2}


def test_nobody_keeps_more_than_half_of_what_all_share_while_others_wait(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, Limit(Per.APP, Budget.CALLS, burst=10, per_minute=60))
    make_jobs(acme, 40)
    first = claimed()
    globex = make_tenant("Globex", "charlie@globex.test")[0]
    make_jobs(globex, 20, prefix="connection:g")
    claimed()

    later: Counter[Any] = Counter()
    for _ in range(20):
        clock.travel(timedelta(seconds=1))
        later.update(one.job.tenant_id for one in claimed())

    assert len(first) == 10  # alone, it may have all of it
    assert later[globex.pk] >= 9
    assert later[acme.pk] >= 9


def test_within_a_tenant_the_lane_that_was_served_last_waits_longest(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, Limit(Per.TENANT, Budget.CALLS, burst=1, per_minute=60))
    backlog = make_lane(acme, "connection:busy")
    for _ in range(5):
        make_job(acme, lane=backlog, kind="harmless")
    pump = Pump("test")
    pump.start()
    pump.turn(budget=0.3)
    quiet = make_job(acme, lane=make_lane(acme, "connection:quiet"))
    for _ in range(3):
        clock.travel(timedelta(seconds=1))
        pump.turn(budget=5)
    pump.stop(within=5)

    assert reload(quiet).state == JobState.SUCCEEDED


def test_no_more_calls_are_under_way_than_there_are_slots(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, Limit(Per.APP, Budget.SLOTS, burst=2))
    make_jobs(acme, 4)

    started = claimed()
    clock.travel(timedelta(seconds=2))

    assert (len(started), len(claimed())) == (2, 0)


def test_a_slot_comes_back_when_its_worker_dies(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, Limit(Per.TENANT, Budget.SLOTS, burst=1))
    for number in range(2):
        make_job(acme, kind="harmless", lane=make_lane(acme, f"connection:{number}"))
    claimed()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_runner SET lease_until = now() - interval '1 s'")
    sweep()
    clock.travel(timedelta(seconds=2))

    assert len(claimed()) == 1


def test_calls_that_were_not_made_are_given_back(
    pump: Pump, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, Limit(Per.CONNECTION, Budget.CALLS, burst=10, per_minute=0.001))
    page = make_connection(make_tenant()[0], simulator.account("meta", "page"))
    job = make_publish(page, "Hello")
    Job.objects.across_tenants().filter(pk=job.pk).update(calls={"write": 5})

    pump.drain()

    bucket = Bucket.objects.get(scope=f"connection:{page.pk}")
    assert (reload(job).state, round(bucket.used)) == (JobState.SUCCEEDED, 1)


def test_an_operator_changes_a_limit_while_everything_runs(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, Limit(Per.TENANT, Budget.CALLS, burst=1, per_minute=1))
    make_jobs(acme, 8)
    claimed()
    row = ChangedLimit(platform="meta", per="tenant", budget="calls", burst=5, per_minute=600)
    tune(row, actor="staff:olga", at=clock.now())

    clock.travel(timedelta(minutes=10))

    assert len(claimed()) == 5
    assert Event.objects.get(verb="limit.changed").data["after"]["burst"] == 5


def test_a_limit_that_only_the_operator_knows_counts_too(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch)
    row = ChangedLimit(platform="meta", per="app", budget="write", burst=2, per_minute=1)
    tune(row, actor="staff:olga", at=clock.now())
    live.refresh(older_than=0)
    make_jobs(acme, 4)

    started = claimed()
    forget(row, actor="staff:olga", at=clock.now())
    live.refresh(older_than=0)

    assert len(started) == 2
    assert limits.of("meta") == ()


def test_an_operator_gives_one_bucket_a_limit_of_its_own(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, Limit(Per.TENANT, Budget.CALLS, burst=1, per_minute=1))
    make_jobs(acme, 8)
    claimed()
    bucket = Bucket.objects.get(budget="calls")
    bucket.burst, bucket.per_minute = 4, 600

    tune(bucket, actor="staff:olga", at=clock.now())
    clock.travel(timedelta(minutes=10))

    assert len(claimed()) == 4


def test_an_operator_changes_a_retry_policy_while_everything_runs(pump: Pump, script: Any) -> None:
    row = ChangedRetry(kind="harmless", strategy="fixed", base=7, cap=7, max_attempts=2, jitter="none")
    tune(row, actor="staff:olga", at=clock.now())
    live.refresh(older_than=0)
    script.answers = [failure(503)]
    job = make_job(make_tenant()[0], kind="harmless")

    pump.drain()
    ChangedRetry.objects.all().delete()
    live.refresh(older_than=0)

    assert reload(job).run_at - job.run_at > timedelta(seconds=6.5)
    assert reload(job).run_at - job.run_at < timedelta(seconds=9.9)


@pytest.mark.parametrize("lanes", [1, 12])
def test_a_claim_asks_the_same_number_of_questions_for_however_many_lanes(acme: Tenant, lanes: int) -> None:
    make_jobs(acme, lanes)

    with CaptureQueriesContext(connection) as questions:
        claimed()

    assert len(questions) <= 4  # what is prepared is not counted here


@pytest.mark.parametrize(("field", "number"), [("per_minute", 0), ("per_minute", -1), ("burst", 0)])
def test_no_bucket_is_emptied_for_ever(field: str, number: int) -> None:
    bucket = Bucket(scope="tenant:1:meta", budget=Budget.CALLS, platform="meta")

    form = BucketAdmin(Bucket, AdminSite()).get_form(HttpRequest())({field: number}, instance=bucket)

    assert list(form.errors) == [field]


def usage(page: Connection, percent: int, minutes: object = 0) -> dict[str, str]:
    """Return what Meta says beside an answer."""
    row = f'{{"call_count":{percent},"estimated_time_to_regain_access":{minutes}}}'
    return {"X-Business-Use-Case-Usage": f'{{"{page.external_id}":[{row}]}}'}


def answered(simulator: Simulator, page: Connection, headers: dict[str, str]) -> None:
    """Let the partner's next answer bring these headers."""
    simulator.fault(
        "answer",
        platform="meta",
        account=page.external_id,
        operation="publish",
        status=200,
        body={"id": f"{page.external_id}_1"},
        headers=headers,
    )


def test_an_account_that_has_nearly_used_its_limit_is_called_less(pump: Pump, simulator: Simulator) -> None:
    page = make_connection(make_tenant()[0], simulator.account("meta", "page"))
    answered(simulator, page, usage(page, 99))
    make_publish(page, "Hello")
    pump.drain()
    second = make_publish(page, "Hello again")

    pump.drain()

    why = explain(reload(second), at=clock.now())
    assert why.blocked_by == "hold:throttle"
    assert why.next_at
    assert why.next_at - clock.now() < timedelta(seconds=13)


def test_when_our_app_has_nearly_used_its_limit_everybody_slows_down_alike(
    pump: Pump, simulator: Simulator
) -> None:
    page = make_connection(make_tenant()[0], simulator.account("meta", "page"))
    other = make_connection(
        make_tenant("Globex", "charlie@globex.test")[0], simulator.account("meta", "page")
    )
    make_publish(other, "Hello")
    pump.drain()
    answered(simulator, page, {"X-App-Usage": '{"call_count":90,"total_time":10}'})
    make_publish(page, "Hello")

    pump.drain()

    assert [round(bucket.slowed_to, 2) for bucket in Bucket.objects.all()] == [0.5, 0.5]


def test_an_account_that_has_used_all_of_its_limit_rests_for_as_long_as_the_partner_says(
    pump: Pump, simulator: Simulator
) -> None:
    page = make_connection(make_tenant()[0], simulator.account("meta", "page"))
    answered(simulator, page, usage(page, 100, minutes=15))
    make_publish(page, "Hello")
    pump.drain()
    second = make_publish(page, "Hello again")

    pump.drain()

    why = explain(reload(second), at=clock.now())
    assert why.blocked_by == "hold:throttle"
    assert why.next_at
    assert timedelta(minutes=14) < why.next_at - clock.now() < timedelta(minutes=15, seconds=1)


# A moment where minutes are meant, and numbers that JSON has and nobody else.
@pytest.mark.parametrize("minutes", ["1.8e9", "1e300", "1e999", "NaN", "1" + "0" * 400])
def test_a_partner_that_says_nonsense_of_its_limit_is_tried_again_within_a_day(
    minutes: str, pump: Pump, simulator: Simulator
) -> None:
    page = make_connection(make_tenant()[0], simulator.account("meta", "page"))
    answered(simulator, page, usage(page, 100, minutes=minutes))
    first = make_publish(page, "Hello")
    pump.drain()

    assert reload(first).state == JobState.SUCCEEDED
    assert Hold.objects.get().until <= clock.now() + timedelta(days=1)  # type: ignore[operator]
