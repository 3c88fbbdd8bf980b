"""The engine against a model small enough to be right: claim, renew, expire, answer, settle, pause, resume, look."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from apps.core import clock
from apps.errors.outcome import Look, Outcome, Verdict
from apps.jobs import lease, settle
from apps.jobs.actions.hold import hold, release
from apps.jobs.choices import FINAL, JobState
from apps.jobs.claim import Claimed, claim
from apps.jobs.explain import explain
from apps.jobs.kinds import Settlement
from apps.jobs.models import Job, Lane
from apps.jobs.sweep import sweep
from apps.tenants.models import Tenant
from tests import scripted
from tests.make import make_job, make_lane, make_tenant
from tests.whole import WHOLE

LANES = ("connection:1", "connection:2")
MOST_JOBS = 6
ANSWERS = ("published", "published and lost", "lost", "throttled", "not sent")
lanes, answers = st.sampled_from(LANES), st.sampled_from(ANSWERS)
workers = st.integers(0, 1)


@dataclass
class Worker:
    """One runner: what it has in hand, and the answers that it has not written down."""

    runner: UUID
    hand: list[Claimed] = field(default_factory=list)
    answered: list[Settlement] = field(default_factory=list)


class Engine(RuleBasedStateMachine):
    """Two workers and a zombie on two lanes; the ledger is the partner's."""

    @initialize()
    def begin(self) -> None:
        Job.objects.across_tenants().all().delete()
        Lane.objects.across_tenants().all().delete()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE jobs_hold SET closed_at = now() WHERE closed_at IS NULL")
            cursor.execute("DELETE FROM jobs_bucket")
        clock.reset()
        self.tenant = Tenant.objects.first() or make_tenant()[0]
        self.workers = [Worker(lease.register("one")), Worker(lease.register("two"))]
        self.zombies: list[Worker] = []
        self.ledger: Counter[UUID] = Counter()
        self.paused: set[str] = set()
        self.fences: dict[UUID, int] = {}
        self.jobs = 0

    @rule(lane=lanes)
    def enqueue(self, lane: str) -> None:
        if self.jobs < MOST_JOBS:
            make_job(self.tenant, lane=make_lane(self.tenant, lane))
            self.jobs += 1

    @rule(who=workers)
    def claim(self, who: int) -> None:
        busy = {one.job.lane_id for worker in self.workers for one in self._open(worker)}
        held = {f"lane:{lane}" for lane in self.paused}
        taken = claim(self.workers[who].runner, lanes=2)
        for one in taken:
            assert one.job.lane_id not in busy, "a lane was given to two workers"
            lane = Lane.objects.across_tenants().get(pk=one.job.lane_id)
            looks = one.job.state == JobState.VERIFYING  # that harms nobody, so operations' holds let it pass
            assert looks or not held & set(lane.scopes), "a paused lane was started"
            assert one.fence > self.fences.get(lane.pk, 0), "a fence did not grow"
            self.fences[lane.pk] = one.fence
        self.workers[who].hand += taken

    @rule(who=workers, said=answers)
    def answer(self, who: int, said: str) -> None:
        worker = self.workers[who]
        if worker.hand:
            one = worker.hand.pop(0)
            worker.answered.append(self._settlement(one, self._outcome(one.job, said)))

    @rule(who=workers)
    def settle(self, who: int) -> None:
        worker = self.workers[who]
        done, worker.answered = worker.answered, []
        if done:
            busy = frozenset(one.job.lane_id for one in worker.hand)
            result = settle.settle(worker.runner, done, busy=busy)
            assert not result.stale, "a living worker's answer was refused"

    @rule(who=workers)
    def renew(self, who: int) -> None:
        assert lease.renew(self.workers[who].runner)

    @rule(who=workers)
    def expire(self, who: int) -> None:
        """The worker is stopped beyond its lease; it sends nothing more, but may still write down what it got."""
        dead = self.workers[who]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE jobs_runner SET lease_until = now() - interval '1 s' WHERE id = %s", [dead.runner]
            )
        assert not lease.renew(dead.runner), "a lease that was over was renewed"
        sweep()
        self.zombies.append(dead)
        self.workers[who] = Worker(lease.register("again"))

    @rule()
    def zombie_writes(self) -> None:
        if self.zombies:
            zombie = self.zombies.pop()
            before = self._rows()
            if zombie.answered:
                settle.settle(zombie.runner, zombie.answered)
            assert self._rows() == before, "a zombie's answer changed a job"

    @rule(lane=lanes)
    def pause(self, lane: str) -> None:
        self.paused.add(lane)
        hold(scope=f"lane:{lane}", reason="ops", sentence="Stopped.", who="ops", at=clock.now())

    @rule(lane=lanes)
    def resume(self, lane: str) -> None:
        self.paused.discard(lane)
        release(scope=f"lane:{lane}", reason="ops", actor="user:ops", at=clock.now())

    @rule(minutes=st.integers(1, 20))
    def time_passes(self, minutes: int) -> None:
        clock.travel(timedelta(minutes=minutes))

    @invariant()
    def nothing_is_posted_twice(self) -> None:
        assert all(count == 1 for count in self.ledger.values())

    @invariant()
    def success_means_public(self) -> None:
        done = Job.objects.across_tenants().filter(state=JobState.SUCCEEDED).values_list("pk", flat=True)
        assert {pk for pk in done if not self.ledger[pk]} == set(), "a job says that it is out, and it is not"

    @invariant()
    def open_jobs_say_what_they_wait_for(self) -> None:
        for job in Job.objects.across_tenants().exclude(state__in=FINAL):
            why = explain(job, at=clock.now())
            assert why.sentence
            assert bool(why.next_at) != bool(why.who), why

    def teardown(self) -> None:
        """Everything ends once nobody disturbs: no job is forgotten."""
        if not hasattr(self, "workers"):
            return
        for lane in LANES:
            self.resume(lane)
        for _ in range(60):
            for who in (0, 1):
                while self.workers[who].hand:
                    self.answer(who, "published")
                self.settle(who)
                self.claim(who)
            if not any(self._open(worker) for worker in self.workers):
                if not Job.objects.across_tenants().exclude(state__in=FINAL).exists():
                    break
                clock.travel(timedelta(minutes=10))
                sweep()
        left = Job.objects.across_tenants().exclude(state__in=FINAL)
        assert [(job.state, job.crashes) for job in left if job.crashes < 2] == [], "a job was forgotten"
        self.nothing_is_posted_twice()
        self.success_means_public()

    def _open(self, worker: Worker) -> list[Claimed | Settlement]:
        return [*worker.hand, *worker.answered]

    def _rows(self) -> list[dict[str, Any]]:
        return list(Job.objects.across_tenants().order_by("id").values())

    def _outcome(self, job: Job, said: str) -> Outcome:
        if job.state == JobState.VERIFYING:
            return scripted.look(Look.FOUND if self.ledger[job.pk] else Look.ABSENT)
        if said.startswith("published"):
            self.ledger[job.pk] += 1
        return {
            "published": scripted.success(),
            "published and lost": scripted.unknown(),
            "lost": scripted.unknown(),
            "throttled": scripted.failure(429),
            "not sent": Outcome(verdict=Verdict.NOT_SENT),
        }[said]

    def _settlement(self, one: Claimed, outcome: Outcome) -> Settlement:
        return Settlement(job=one.job, attempt=one.attempt, fence=one.fence, outcome=outcome)


def compare(*, examples: int, phases: list[Phase], always_the_same: bool = False) -> None:
    """Play random games on the engine and compare it with the model after each move."""
    run_state_machine_as_test(
        Engine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            derandomize=always_the_same,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_engine_agrees_with_the_model(committed: None, script: scripted.Script) -> None:
    compare(examples=100 if WHOLE else 8, phases=list(Phase))


@pytest.mark.parametrize("mechanism", ["VERIFY_BEFORE_RESEND", "SWEEPING"])
def test_without_a_mechanism_they_disagree(
    mechanism: str, committed: None, script: scripted.Script, settings: Any
) -> None:
    setattr(settings, mechanism, False)

    with pytest.raises(AssertionError):
        compare(examples=300, phases=[Phase.generate], always_the_same=True)
