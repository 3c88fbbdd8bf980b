"""Two workers, an author and an operator on one lane, in a thousand orders: the seed decides who goes on at each place."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.db import connection

from apps.core import clock
from apps.errors.outcome import Outcome, Verdict
from apps.jobs import failpoints, lease, settle
from apps.jobs.actions.hold import hold, release
from apps.jobs.choices import FINAL
from apps.jobs.claim import claim
from apps.jobs.kinds import Settlement
from apps.jobs.models import Attempt, Job, Lane
from apps.jobs.sweep import sweep
from apps.tenants.models import Tenant
from tests import scripted
from tests.make import lift_limits, make_job, make_lane, make_tenant
from tests.whole import WHOLE

BATCHES = 8
# The suite plays the first of a thousand; REKNIT_WHOLE=1 plays all.
ORDERS = 125 if WHOLE else 6
LANE = "lane:connection:1"


@dataclass
class Scheduler:
    """Lets one thread go on at a time, from one named place to the next; the dice choose which."""

    dice: random.Random
    trace: list[str] = field(default_factory=list)
    _turns: dict[str, threading.Event] = field(default_factory=dict)
    _arrived: dict[str, threading.Event] = field(default_factory=dict)
    _backends: dict[str, int] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)
    _errors: list[BaseException] = field(default_factory=list)

    def run(self, actors: dict[str, Callable[[], None]]) -> list[str]:
        """Run the actors to their end; return who went on from where."""
        threads = [threading.Thread(target=self._act, args=one, name=one[0]) for one in actors.items()]
        for name in actors:
            self._turns[name], self._arrived[name] = threading.Event(), threading.Event()
        for thread in threads:
            thread.start()
        while waiting := self._everybody_at_rest(list(actors)):
            self._let(self.dice.choice(waiting))
        for thread in threads:
            thread.join()
        if self._errors:
            raise self._errors[0]
        return self.trace

    def reach(self, place: str) -> None:
        """Stop at a named place until the dice say so."""
        name = threading.current_thread().name
        if name in self._turns:
            self._arrived[name].set()
            self._turns[name].wait()
            self._turns[name].clear()
            self.trace.append(f"{name}:{place}")

    def _everybody_at_rest(self, actors: list[str]) -> list[str]:
        """Wait until each thread is at a place, at its end, or waits for a lock of another; return who may go on."""
        moving = set(actors)
        while moving := {name for name in moving if not (name in self._done or self._arrived[name].is_set())}:
            if self._wait_for_locks(moving) and any(self._arrived[name].is_set() for name in actors):
                break
            time.sleep(0.0005)
        return [name for name in actors if name not in self._done and self._arrived[name].is_set()]

    def _wait_for_locks(self, names: set[str]) -> bool:
        backends = [self._backends[name] for name in names if name in self._backends]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s) AND wait_event_type = 'Lock'",
                [backends],
            )
            return bool(cursor.fetchone()[0] == len(names))

    def _let(self, name: str) -> None:
        self._arrived[name].clear()
        self._turns[name].set()

    def _act(self, name: str, act: Callable[[], None]) -> None:
        try:
            connection.ensure_connection()
            self._backends[name] = connection.connection.info.backend_pid
            self.reach("begin")
            act()
        except BaseException as error:  # noqa: BLE001 - shown by the test's thread
            self._errors.append(error)
        finally:
            connection.close()
            self._done.add(name)


def work(runner: lease.UUID) -> None:
    """One worker: two turns of claim, send and settle."""
    for _ in range(2):
        claimed = claim(runner, lanes=1)
        settlements = [
            Settlement(
                job=one.job,
                attempt=one.attempt,
                fence=one.fence,
                outcome=Outcome(verdict=Verdict.SUCCESS, committed=True, remote_id=str(one.attempt)),
            )
            for one in claimed
        ]
        if settlements:
            left = settle.settle(runner, settlements).unreleased
            while left:
                left = settle.release(runner, left)


def author(tenant: Tenant) -> Callable[[], None]:
    """Enqueues while the others are at work."""

    def act() -> None:
        for _ in range(2):
            make_job(tenant)
            failpoints.reach("after_enqueue")

    return act


def operator() -> None:
    """Stops the lane and lets it go on."""
    at = clock.now()
    hold(scope=LANE, reason="ops", sentence="Stopped.", who="ops", at=at)
    failpoints.reach("held")
    release(scope=LANE, reason="ops", actor="user:ops", at=at)


@pytest.fixture
def acme(committed: None, script: scripted.Script) -> Iterator[Tenant]:
    """A tenant whose limits do not matter here."""
    tenant, _ = make_tenant()
    lift_limits()
    yield tenant
    failpoints.LISTENERS.clear()


def interleave(tenant: Tenant, seed: int) -> list[str]:
    """Run one order; afterwards a last worker must find everything that is left."""
    Job.objects.across_tenants().all().delete()
    make_job(tenant)
    scheduler = Scheduler(random.Random(seed))
    failpoints.LISTENERS[:] = [scheduler.reach]
    runners = [lease.register(f"worker-{number}") for number in range(2)]
    actors: dict[str, Callable[[], None]] = {
        f"worker-{number}": lambda runner=runner: work(runner) for number, runner in enumerate(runners)
    }
    trace = scheduler.run({**actors, "author": author(tenant), "operator": operator, "sweep": sweep})
    failpoints.LISTENERS.clear()
    while not all(state in FINAL for state in _states()):
        before = _states()
        work(runners[0])
        assert _states() != before, f"a wake-up was lost with seed {seed}: {trace}"
    return trace


def _states() -> list[str]:
    return list(Job.objects.across_tenants().order_by("id").values_list("state", flat=True))


@pytest.mark.parametrize("batch", range(BATCHES))
def test_whoever_goes_first_each_job_is_sent_once_and_none_is_forgotten(acme: Tenant, batch: int) -> None:
    for seed in range(batch * ORDERS, (batch + 1) * ORDERS):
        trace = interleave(acme, seed)

        jobs = list(Job.objects.across_tenants().all())
        assert len(jobs) == 3, (seed, trace)
        assert [job.state for job in jobs] == ["succeeded"] * 3, (seed, trace)
        assert Attempt.objects.filter(job__in=jobs).count() == 3, (seed, trace)
        assert not Lane.objects.across_tenants().filter(leased_by__isnull=False).exists(), (seed, trace)


def test_the_seed_reproduces_the_order(acme: Tenant) -> None:
    make_lane(acme)

    assert interleave(acme, 42) == interleave(acme, 42)
