"""The engine's main path and its ways back, on a real database with real threads."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from apps.core import clock
from apps.errors.outcome import Look, NextStep, Outcome, Verdict
from apps.jobs import rows, settle
from apps.jobs.actions.hold import hold, release
from apps.jobs.choices import JobState
from apps.jobs.claim import claim
from apps.jobs.models import Attempt, DeadLetter, Job, Lane
from apps.jobs.pump import Pump
from tests.crowd import make_crowd
from tests.make import make_job, make_lane, make_tenant, reload
from tests.scripted import Script, failure, look, success, unknown


class TestTurn:
    def test_publishes_a_due_job(self, pump: Pump, script: Script) -> None:
        tenant, _ = make_tenant()
        job = make_job(tenant)

        pump.drain()

        assert reload(job).state == JobState.SUCCEEDED
        assert script.posted[job.pk] == 1

    def test_leaves_a_job_that_is_not_due(self, pump: Pump, script: Script) -> None:
        tenant, _ = make_tenant()
        job = make_job(tenant, due_at=clock.now() + timedelta(hours=1))

        pump.drain()

        assert reload(job).state == JobState.QUEUED
        assert script.calls == 0

    def test_keeps_the_order_within_a_lane(self, pump: Pump, script: Script) -> None:
        tenant, _ = make_tenant()
        jobs = [make_job(tenant) for _ in range(10)]

        pump.drain()

        assert list(script.posted) == [job.pk for job in jobs]

    def test_brings_what_it_began_to_its_end_before_it_begins_the_next(
        self, pump: Pump, script: Script
    ) -> None:
        tenant, _ = make_tenant()
        first, second = make_job(tenant), make_job(tenant)
        script.answers = [Outcome(verdict=Verdict.SUCCESS, next=NextStep("send", at_commit=True))]

        pump.drain()

        began = Attempt.objects.order_by("pk").values_list("job", flat=True)
        assert list(began) == [first.pk, first.pk, second.pk]

    def test_frees_every_lane_it_took(self, pump: Pump) -> None:
        tenant, _ = make_tenant()
        for number in range(30):
            make_job(tenant, lane=make_lane(tenant, f"connection:{number}"))

        pump.drain()

        assert not Lane.objects.across_tenants().filter(leased_by__isnull=False).exists()

    def test_writes_the_attempt_with_its_outcome(self, pump: Pump) -> None:
        tenant, _ = make_tenant()
        job = make_job(tenant)

        pump.drain()

        attempt = Attempt.objects.get(job=job)
        assert (attempt.step, attempt.number, attempt.outcome) == ("send", 1, "success")


class TestFailure:
    def test_retries_what_may_heal(self, pump: Pump, script: Script) -> None:
        script.answers = [failure(400, {"error": {"code": 9007}}), success()]
        tenant, _ = make_tenant()
        job = make_job(tenant)

        pump.drain()
        waiting = reload(job)
        clock.travel(timedelta(minutes=10))
        pump.drain()

        assert (waiting.state, waiting.attempts) == (JobState.QUEUED, 1)
        assert reload(job).state == JobState.SUCCEEDED

    def test_gives_content_back_to_its_author(self, pump: Pump, script: Script) -> None:
        script.answers = [failure(400, {"error": {"code": 36004}})]
        tenant, _ = make_tenant()
        job = make_job(tenant)

        pump.drain()

        assert (reload(job).state, reload(job).error_code) == (JobState.FAILED, "CONTENT_INVALID")

    def test_makes_a_dead_letter_of_what_cannot_heal(self, pump: Pump, script: Script) -> None:
        script.answers = [failure(400, {"error": {"code": 100}})]
        tenant, _ = make_tenant()
        job = make_job(tenant)

        pump.drain()

        letter = DeadLetter.objects.for_tenant(tenant.pk).get(job=job)
        assert (letter.reason, letter.error_code) == ("UNRETRYABLE", "INVALID_REQUEST")

    def test_burns_no_attempt_while_the_partner_throttles(self, pump: Pump, script: Script) -> None:
        script.answers = [failure(400, {"error": {"code": 4}})]
        tenant, _ = make_tenant()
        job = make_job(tenant)

        pump.drain()

        found = reload(job)
        assert (found.state, found.attempts, found.throttles) == (JobState.QUEUED, 0, 1)


class TestUnknown:
    def test_looks_before_it_sends_again(self, pump: Pump, script: Script) -> None:
        script.answers = [unknown()]
        script.looks = [look(Look.FOUND)]
        tenant, _ = make_tenant()
        job = make_job(tenant)

        pump.drain()
        verifying = reload(job)
        clock.travel(timedelta(seconds=6))
        pump.drain()

        assert verifying.state == JobState.VERIFYING
        assert (reload(job).state, reload(job).remote_id, script.calls) == (JobState.SUCCEEDED, "found-1", 1)

    def test_sends_again_only_when_absence_is_certain(self, pump: Pump, script: Script) -> None:
        script.answers = [unknown(), success()]
        tenant, _ = make_tenant()
        job = make_job(tenant)

        for seconds in (0, 6, 30):
            clock.travel(timedelta(seconds=seconds))
            pump.drain()
        before = script.calls
        for _ in range(3):
            clock.travel(timedelta(seconds=60))
            pump.drain()

        assert before == 1
        assert (reload(job).state, script.calls) == (JobState.SUCCEEDED, 2)

    def test_asks_a_person_where_nobody_can_look(self, pump: Pump, script: Script) -> None:
        script.answers = [unknown()]
        tenant, _ = make_tenant()
        job = make_job(tenant, args={"blind": True})

        pump.drain()

        assert (reload(job).state, reload(job).held_for) == (JobState.HELD, "unconfirmed")


class TestHold:
    def test_stops_every_lane_under_its_scope(self, pump: Pump, script: Script) -> None:
        tenant, _ = make_tenant()
        job = make_job(tenant)
        hold(scope=f"tenant:{tenant.pk}", reason="ops", sentence="Stopped.", at=clock.now())

        pump.drain()

        assert (reload(job).state, script.calls) == (JobState.QUEUED, 0)

    def test_lets_the_jobs_go_when_it_is_released(self, pump: Pump, script: Script) -> None:
        tenant, _ = make_tenant()
        job = make_job(tenant)
        hold(scope=f"tenant:{tenant.pk}", reason="ops", sentence="Stopped.", at=clock.now())
        pump.drain()

        release(scope=f"tenant:{tenant.pk}", reason="ops", actor="staff:olga", at=clock.now())
        pump.drain()

        assert reload(job).state == JobState.SUCCEEDED

    def test_closes_only_its_own_reason(self, pump: Pump, script: Script) -> None:
        tenant, _ = make_tenant()
        job = make_job(tenant)
        for reason in ("ops", "incident:1"):
            hold(scope=f"tenant:{tenant.pk}", reason=reason, sentence="Stopped.", at=clock.now())

        release(scope=f"tenant:{tenant.pk}", reason="ops", actor="staff:olga", at=clock.now())
        pump.drain()

        assert (reload(job).state, script.calls) == (JobState.QUEUED, 0)


def test_a_settlement_whose_commit_was_lost_is_decided_again_from_what_was_claimed(
    pump: Pump, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, losses = rows.release, [OperationalError("server closed the connection unexpectedly")]

    def lose_once(*given: Any) -> Any:
        if losses:
            raise losses.pop()
        return real(*given)

    monkeypatch.setattr(rows, "release", lose_once)
    script.answers = [unknown()]
    tenant, _ = make_tenant()
    job = make_job(tenant)

    pump.drain()

    found = reload(job)
    assert (found.state, found.unknown_since is not None, losses) == (JobState.VERIFYING, True, [])


def test_what_a_claim_took_whose_commit_nobody_answered_is_given_back(
    pump: Pump, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(make_tenant()[0])

    def lose_once(*given: Any, **more: Any) -> Any:
        monkeypatch.undo()
        claim(*given, **more)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("apps.jobs.pump.claim", lose_once)

    with pytest.raises(OperationalError):
        pump.drain()
    pump.drain()

    assert (reload(job).state, reload(job).crashes, script.calls) == (JobState.SUCCEEDED, 0, 1)


def test_a_call_is_made_under_the_lease_of_its_claim_or_not_at_all(pump: Pump, script: Script) -> None:
    """Who was stopped between the two wakes up with a new lease, and the job may be somebody else's by then."""
    tenant, _ = make_tenant()
    make_job(tenant)
    go_on = threading.Event()
    pump._caller._loop.call_soon_threadsafe(go_on.wait, 30)

    pump.turn(budget=0.2)
    claimed = pump.in_flight
    pump._held().lose()
    pump.turn(budget=0.2)
    go_on.set()
    pump.drain(budget=10)

    assert (claimed, pump.in_flight, script.calls) == (1, 0, 0)


def test_while_nothing_is_settled_it_claims_no_more_than_it_can_have_waiting(
    pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it claimed waits in this process, where tenants take no turns and the next post of an account cannot begin."""
    make_crowd(400, tenants=5)
    few = {"pump.LANES_A_TURN": 20, "pump.MOST_LANES": 40, "settler.BATCH": 20, "settler.MOST_UNSETTLED": 8}
    for name, value in few.items():
        monkeypatch.setattr(f"apps.jobs.{name}", value)
    real, go_on = settle.settle, threading.Event()

    def when_told(*given: Any, **more: Any) -> Any:
        go_on.wait(30)
        return real(*given, **more)

    monkeypatch.setattr(settle, "settle", when_told)
    pump.turn(budget=2)
    waiting = pump.in_flight
    go_on.set()
    pump.drain()

    assert 20 <= waiting < 400
    assert not Job.objects.across_tenants().exclude(state=JobState.SUCCEEDED).exists()
