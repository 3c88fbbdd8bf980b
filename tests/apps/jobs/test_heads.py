"""A lane's heads let a claim step over what is gone, and never hide a job."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from apps.core import clock
from apps.jobs.actions.answer import SEND_AGAIN, answer
from apps.jobs.actions.hold import rewake
from apps.jobs.actions.replay import replay
from apps.jobs.choices import JobState
from apps.jobs.models import EPOCH, DeadLetter, Job, Lane, Tick
from apps.jobs.pump import Pump
from apps.jobs.sql.parts import NOWHERE
from apps.jobs.sql.sweep import HIDDEN
from apps.jobs.sql.wake import WAKE_LANES
from apps.jobs.sweep import sweep
from apps.tenants.models import Tenant
from tests.make import make_job, make_tenant, reload
from tests.scripted import Script, failure, unknown

LATER = timedelta(hours=1)


def heads() -> list[datetime]:
    """Return the times of the only lane's heads, by priority."""
    lane = Lane.objects.across_tenants().get()
    return [lane.head0_at, lane.head1_at, lane.head2_at]


def nowhere() -> datetime:
    """Return the head of a priority that has no job."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NOWHERE}")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


class TestHeads:
    def test_move_on_when_a_lane_is_given_back(self, pump: Pump) -> None:
        tenant, _ = make_tenant()
        make_job(tenant)
        before = heads()
        later = make_job(tenant, due_at=clock.now() + LATER)

        pump.drain()

        assert before == [EPOCH, EPOCH, EPOCH]
        assert heads() == [nowhere(), later.run_at, nowhere()]

    def test_come_down_for_a_job_that_is_due_earlier(self, pump: Pump, script: Script) -> None:
        tenant, _ = make_tenant()
        make_job(tenant, due_at=clock.now() + LATER, priority=1)
        rewake(scope=f"tenant:{tenant.pk}", at=clock.now())
        urgent, early = make_job(tenant, priority=0), make_job(tenant, priority=1)

        lowered = heads()
        pump.drain()

        assert lowered == [urgent.run_at, early.run_at, nowhere()]
        assert list(script.posted) == [urgent.pk, early.pk]

    def test_stay_where_running_jobs_may_come_back_to(self, committed: None, script: Script) -> None:
        tenant, _ = make_tenant()
        make_job(tenant)
        rewake(scope=f"tenant:{tenant.pk}", at=clock.now())
        before = heads()
        Lane.objects.across_tenants().update(leased_by=tenant.pk)
        Job.objects.across_tenants().update(state=JobState.RUNNING, runner=tenant.pk)

        rewake(scope=f"tenant:{tenant.pk}", at=clock.now())

        assert heads() == before


def _ask(tenant: Tenant, script: Script, pump: Pump) -> Callable[[], object]:
    script.answers = [unknown()]
    job = make_job(tenant, args={"blind": True})
    pump.drain()
    return lambda: answer(job.pk, SEND_AGAIN, tenant=tenant.pk, actor="user:alice", at=clock.now())


def _bury(tenant: Tenant, script: Script, pump: Pump) -> Callable[[], object]:
    script.answers = [failure(400, {"error": {"code": 100}})]
    make_job(tenant)
    pump.drain()
    letter = DeadLetter.objects.for_tenant(tenant.pk).get()
    return lambda: replay(letter.pk, tenant=tenant.pk, actor="user:alice", at=clock.now())


def _retry(tenant: Tenant, script: Script, pump: Pump) -> Callable[[], object]:
    script.answers = [failure(400, {"error": {"code": 9007}})]
    make_job(tenant)
    pump.drain()
    return lambda: clock.travel(timedelta(minutes=10))


class TestWhatComesBack:
    @pytest.mark.parametrize("bring", [_ask, _bury, _retry])
    def test_is_seen_although_a_later_job_holds_the_head(
        self,
        bring: Callable[[Tenant, Script, Pump], Callable[[], object]],
        pump: Pump,
        script: Script,
    ) -> None:
        tenant, _ = make_tenant()
        back = bring(tenant, script, pump)
        make_job(tenant, due_at=clock.now() + LATER)
        pump.drain()
        rewake(scope=f"tenant:{tenant.pk}", at=clock.now())

        back()
        pump.drain()

        waiting = Job.objects.for_tenant(tenant.pk).filter(state=JobState.QUEUED)
        assert waiting.count() == 1
        assert sum(script.posted.values()) == 1


def test_a_rewake_that_waited_for_an_enqueue_sees_its_job(committed: None, script: Script) -> None:
    tenant, _ = make_tenant()
    make_job(tenant, due_at=clock.now() + LATER)
    waits = threading.Event()

    def wake() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backends.append(cursor.fetchone()[0])
        waits.set()
        rewake(scope=f"tenant:{tenant.pk}", at=clock.now())
        connection.close()

    backends: list[int] = []
    other = threading.Thread(target=wake)
    with transaction.atomic():
        job = make_job(tenant)
        other.start()
        waits.wait(30)
        _until_blocked(backends[0])
    other.join()

    lane = Lane.objects.across_tenants().get()
    assert (lane.ready_at, lane.head1_at) == (job.run_at, job.run_at)


def _until_blocked(backend: int) -> None:
    with connection.cursor() as cursor:
        for _ in range(2000):
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [backend])
            if cursor.fetchone()[0]:
                return
            threading.Event().wait(0.005)
    raise AssertionError("nobody waits for the lane")


class TestSweep:
    def _hide(self, job: Job) -> UUID:
        Lane.objects.across_tenants().update(head1_at=clock.now() + LATER)
        return job.pk

    def test_finds_a_job_that_a_defect_hid_behind_a_head(self, pump: Pump, script: Script) -> None:
        hidden = self._hide(make_job(make_tenant()[0]))
        pump.drain()
        before = dict(script.posted)

        swept = sweep()
        pump.drain()

        assert (before, swept.lanes) == ({}, 1)
        assert list(script.posted) == [hidden]

    def test_finds_it_in_a_lane_that_is_at_work(self, committed: None, script: Script) -> None:
        job = make_job(make_tenant()[0])
        self._hide(job)
        Lane.objects.across_tenants().update(leased_by=job.pk, ready_at=None)

        with connection.cursor() as cursor:
            cursor.execute(HIDDEN)
            found = cursor.fetchall()
            cursor.execute(WAKE_LANES, {"lanes": [row[0] for row in found], "at": clock.now()})

        assert heads()[1] == reload(job).run_at

    @pytest.mark.django_db
    def test_looks_below_the_heads_once_a_minute(self) -> None:
        now, minute = clock.real_now(), timedelta(minutes=1)

        turns = [
            Tick.take_turn("jobs.heads", every=minute, at=at) for at in (now, now, now + minute, now + minute)
        ]

        assert turns == [True, False, True, False]
