"""Bulk work survives its worker, can be steered, and does nothing twice."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from apps.core import clock
from apps.events.models import Event
from apps.jobs import lease
from apps.jobs.actions.replay import AlreadyResolved, ReasonMissing, replay, resolve
from apps.jobs.choices import JobState
from apps.jobs.claim import Part, claim, work_is_due
from apps.jobs.models import DeadLetter, Hold, Job
from apps.jobs.pump import Pump
from apps.jobs.sweep import sweep
from apps.recovery.actions import operate
from apps.recovery.choices import OperationState
from apps.recovery.filters import check
from apps.recovery.models import Operation, OperationItem
from apps.recovery.operations import slices
from apps.recovery.operations.doer import Doer, Outlook
from apps.tenants.models import Tenant
from tests.faults.forks import end_leases, in_a_fork
from tests.make import make_job, make_lane, make_letter, make_tenant
from tests.scripted import Script, failure

REFUSED = {"error": {"code": 100}}


@pytest.fixture
def acme(committed: None, script: Script) -> Tenant:
    """A tenant."""
    return make_tenant()[0]


def bury(tenant: Tenant, pump: Pump, script: Script, count: int = 1) -> list[DeadLetter]:
    """Let jobs end as dead letters, each in a lane of its own."""
    script.answers = [failure(400, REFUSED) for _ in range(count)]
    for number in range(count):
        make_job(tenant, lane=make_lane(tenant, f"connection:{number}"))
    pump.drain()
    return list(DeadLetter.objects.for_tenant(tenant.pk).order_by("pk"))


def start(kind: str = "replay", tenant: Tenant | None = None, **more: Any) -> Operation:
    """Start an operation as staff, or for a tenant."""
    asked = check(kind, more.pop("filter", {}), more.pop("options", {}))
    return operate.start(
        asked, tenant=tenant.pk if tenant else None, actor="staff:olga", at=clock.now(), **more
    )[0]


def again(operation: Operation) -> Operation:
    """Read it again."""
    return Operation.objects.across_tenants().get(pk=operation.pk)


class TestReplay:
    def test_runs_every_letter_once_whoever_asks_again(
        self, acme: Tenant, pump: Pump, script: Script
    ) -> None:
        bury(acme, pump, script, 5)
        first, second = start(), start()

        pump.drain()

        assert sum(script.posted.values()) == 5
        assert [again(one).state for one in (first, second)] == [OperationState.DONE] * 2
        assert again(first).done + again(second).done >= 5

    def test_tells_in_the_end_what_became_of_its_subjects(
        self, acme: Tenant, pump: Pump, script: Script
    ) -> None:
        bury(acme, pump, script, 3)

        operation = start(tenant=acme)
        pump.drain()

        told = Event.objects.get(verb="operation.done", tenant=acme.pk)
        assert (told.data["counts"], again(operation).counts) == ({"replayed": 3}, {"replayed": 3})

    def test_means_what_was_there_when_it_was_started(self, acme: Tenant, pump: Pump, script: Script) -> None:
        bury(acme, pump, script, 1)
        operation = start()
        script.answers = [failure(400, REFUSED)]

        make_job(acme, lane=make_lane(acme, "connection:late"))
        pump.drain()

        assert again(operation).total == again(operation).done == 1

    def test_charlies_operation_touches_nothing_of_acme(
        self, acme: Tenant, pump: Pump, script: Script
    ) -> None:
        letters = bury(acme, pump, script, 2)
        globex, _ = make_tenant("Globex", "charlie@globex.test")

        operation = start(tenant=globex, filter={"ids": [str(one.pk) for one in letters]})
        pump.drain()

        assert (
            again(operation).total,
            DeadLetter.objects.for_tenant(acme.pk).filter(resolved_at=None).count(),
        ) == (0, 2)

    def test_ten_at_once_replay_a_letter_once(self, acme: Tenant, pump: Pump, script: Script) -> None:
        (letter,) = bury(acme, pump, script)

        def try_it(_number: int) -> bool:
            try:
                replay(letter.pk, tenant=acme.pk, actor="user:alice", at=clock.now())
            except AlreadyResolved:
                return False
            finally:
                connections.close_all()
            return True

        with ThreadPoolExecutor(10) as threads:
            won = sum(threads.map(try_it, range(10)))

        assert (won, Job.objects.for_tenant(acme.pk).filter(parent=letter.job_id).count()) == (1, 1)


class TestWorker:
    def test_the_engine_leaves_solo_lanes_to_the_bulk_worker(self, acme: Tenant, script: Script) -> None:
        start()

        assert (work_is_due(), work_is_due(solo=True)) == (False, True)
        assert claim(lease.register("engine"), lanes=9) == []
        assert len(claim(lease.register("bulk"), lanes=9, part=Part.SOLO)) == 1

    def test_a_death_in_a_slice_loses_and_doubles_nothing(
        self, acme: Tenant, pump: Pump, script: Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bury(acme, pump, script, 6)
        monkeypatch.setattr(Doer, "slice", 2)
        operation = start()
        assert in_a_fork(lambda: _die_in_slice(2)) == -9
        assert OperationItem.objects.filter(operation=operation).count() == 2
        end_leases()
        sweep()

        pump.drain()

        assert (again(operation).state, again(operation).counts) == (OperationState.DONE, {"replayed": 6})
        assert (len(script.posted), sum(script.posted.values())) == (6, 6)

    def test_one_that_cannot_be_done_does_not_stop_the_others(
        self, acme: Tenant, pump: Pump, script: Script
    ) -> None:
        letters = bury(acme, pump, script, 3)
        # A kind that this version does not know any more.
        Job.objects.across_tenants().filter(pk=letters[1].job_id).update(kind="forgotten")

        operation = start("replay", filter={"ids": [str(one.pk) for one in letters]})
        pump.drain()

        assert again(operation).counts == {"replayed": 2, "failed": 1}


def _die_in_slice(number: int) -> None:
    """Work on the solo lanes and die in a slice, when all is done and nothing of it is committed."""
    slices_left = number
    count = slices._count

    def dying(operation: Operation) -> Any:
        nonlocal slices_left
        slices_left -= 1
        if not slices_left:
            os.kill(os.getpid(), signal.SIGKILL)
        return count(operation)

    slices._count = dying  # type: ignore[assignment]
    machine = Pump("killed", parts=[Part.SOLO])
    machine.start()
    machine.drain(budget=20)


class TestSteering:
    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Doer, "slice", 2)

    def test_a_pause_holds_it_and_it_goes_on_where_it_stopped(
        self, acme: Tenant, pump: Pump, script: Script
    ) -> None:
        bury(acme, pump, script, 4)
        operation = start()
        slices.advance(operation.pk, at=clock.now())
        operate.pause(operation.pk, tenant=None, actor="staff:olga", at=clock.now())

        pump.drain()
        rested = again(operation)
        operate.go_on(operation.pk, tenant=None, actor="staff:olga", at=clock.now())
        pump.drain()

        assert (rested.state, rested.done) == (OperationState.PAUSED, 2)
        assert (again(operation).state, again(operation).done) == (OperationState.DONE, 4)

    def test_an_abort_ends_it_and_its_job(self, acme: Tenant, pump: Pump, script: Script) -> None:
        bury(acme, pump, script, 4)
        operation = start()
        slices.advance(operation.pk, at=clock.now())

        operate.abort(operation.pk, tenant=None, actor="staff:olga", at=clock.now())
        pump.drain()

        ended = again(operation)
        assert (ended.state, ended.done) == (OperationState.ABORTED, 2)
        assert Job.objects.across_tenants().get(pk=ended.job).state == JobState.SUCCEEDED
        with pytest.raises(operate.CannotSteer):
            operate.abort(operation.pk, tenant=None, actor="staff:olga", at=clock.now())

    def test_what_is_aborted_in_the_moment_of_a_slice_counts_what_was_done(
        self, acme: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_letter(acme)
        operation, predict = start(), slices._predict

        def meanwhile(row: Any, outlook: Outlook) -> tuple[str, str]:
            operate.abort(operation.pk, tenant=None, actor="staff:olga", at=clock.now())
            return predict(row, outlook)

        monkeypatch.setattr(slices, "_predict", meanwhile)
        while slices.advance(operation.pk, at=clock.now()):
            pass

        told = Event.objects.get(verb="operation.aborted").data["counts"]
        assert (told, again(operation).counts) == ({}, {})
        assert DeadLetter.objects.for_tenant(acme.pk).get().resolved_at is None

    def test_a_pause_in_the_moment_of_the_end_holds_nothing(
        self, acme: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        operation, following = start(), slices._next

        def meanwhile(*given: Any) -> Any:
            operate.pause(operation.pk, tenant=None, actor="staff:olga", at=clock.now())
            return following(*given)

        monkeypatch.setattr(slices, "_next", meanwhile)
        slices.advance(operation.pk, at=clock.now())

        assert again(operation).state == OperationState.DONE
        assert not Hold.objects.filter(closed_at=None).exists()


class TestLetters:
    def test_keep_what_the_partner_said_and_when_it_was_tried(
        self, acme: Tenant, pump: Pump, script: Script
    ) -> None:
        (letter,) = bury(acme, pump, script)

        job = Job.objects.for_tenant(acme.pk).get(pk=letter.job_id)
        assert letter.first_attempt_at is not None
        assert letter.first_attempt_at > job.created_at
        assert (letter.error_code, letter.action, letter.runbook) == (
            "INVALID_REQUEST",
            "DEAD_LETTER",
            "invalid-request",
        )

    def test_a_defect_of_ours_is_told_to_operations_once_a_job(
        self, acme: Tenant, pump: Pump, script: Script
    ) -> None:
        def defect() -> Any:
            raise RuntimeError("a defect of ours")

        script.answers = [defect]
        make_job(acme)

        pump.drain()

        (told,) = Event.objects.filter(verb="error.critical")
        assert told.data["runbook"] == "internal-error"

    def test_are_put_aside_with_a_reason_only(self, acme: Tenant, pump: Pump, script: Script) -> None:
        (letter,) = bury(acme, pump, script)

        with pytest.raises(ReasonMissing):
            resolve(letter.pk, tenant=acme.pk, note="  ", actor="user:alice", at=clock.now())
        start("resolve", options={"reason": "The campaign is over."})
        pump.drain()

        letter.refresh_from_db()
        assert (letter.resolution, letter.note) == ("resolved", "The campaign is over.")
