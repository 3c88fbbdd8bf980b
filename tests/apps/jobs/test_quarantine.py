"""Work that kills its worker is tried alone, and given up after the third death; its neighbours never notice."""

import signal
from datetime import timedelta

import pytest

from apps.core import clock
from apps.errors.retry import RetryPolicy
from apps.jobs.choices import DeadLetterReason, HeldFor, JobState
from apps.jobs.explain import explain
from apps.jobs.models import DeadLetter, Job
from apps.jobs.pump import Pump
from apps.jobs.sweep import sweep
from apps.tenants.models import Tenant
from tests import scripted
from tests.faults.forks import end_leases, work
from tests.make import make_job, make_lane, make_tenant, reload


@pytest.fixture
def acme(committed: None, script: scripted.Script) -> Tenant:
    """A tenant."""
    return make_tenant()[0]


def crash(*, quarantine: bool = False) -> None:
    """Let a worker die of what it finds, and take over."""
    assert work(quarantine=quarantine) == -signal.SIGKILL
    end_leases()
    sweep()


def poison(tenant: Tenant) -> Job:
    """Enqueue what kills whoever touches it."""
    return make_job(tenant, args={"poison": "always"}, kind="harmless")


def test_after_two_deaths_no_engine_takes_it(acme: Tenant) -> None:
    job = poison(acme)
    crash()
    crash()

    assert work() == 0
    assert (reload(job).state, reload(job).crashes) == (JobState.QUEUED, 2)
    assert explain(reload(job), at=clock.now()).blocked_by == "quarantine"


def test_its_neighbours_are_cleared_there(acme: Tenant) -> None:
    poison(acme)
    neighbour = make_job(acme, lane=make_lane(acme, "connection:2"), kind="harmless")
    crash()
    crash()

    crash(quarantine=True)
    work(quarantine=True)

    assert reload(neighbour).state == JobState.SUCCEEDED


def test_the_third_death_alone_makes_a_dead_letter(acme: Tenant) -> None:
    job = poison(acme)
    crash()
    crash()

    crash(quarantine=True)

    assert reload(job).state == JobState.DEAD
    assert DeadLetter.objects.for_tenant(acme.pk).get().reason == DeadLetterReason.CRASHED


def test_who_was_only_near_by_is_cleared_in_the_quarantine(acme: Tenant) -> None:
    job = make_job(acme)
    Job.objects.across_tenants().update(crashes=2)

    assert work(quarantine=True) == 0
    assert (reload(job).state, reload(job).crashes) == (JobState.SUCCEEDED, 0)


def test_the_quarantine_takes_nothing_else_not_even_of_the_same_lane(acme: Tenant) -> None:
    first, suspect = make_job(acme), make_job(acme)
    Job.objects.across_tenants().filter(pk=suspect.pk).update(crashes=2)

    assert work(quarantine=True) == 0
    assert [reload(job).state for job in (first, suspect)] == [JobState.QUEUED, JobState.SUCCEEDED]


def test_a_look_that_kills_leads_to_a_question(acme: Tenant) -> None:
    job = make_job(acme, args={"poison": "always"}, unknown_since=clock.now(), sent_at=clock.now())
    crash()
    crash()

    crash(quarantine=True)

    assert (reload(job).state, reload(job).held_for) == (JobState.HELD, HeldFor.UNCONFIRMED)


def test_what_killed_three_workers_while_it_was_sent_is_looked_for_and_never_sent_again(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripted.Scripted, "policy", RetryPolicy("fixed", 10, max_attempts=9))
    job, deaths = make_job(acme, args={"poison": "when sent"}), 0
    for _ in range(12):
        if work(quarantine=reload(job).crashes >= 2) == -signal.SIGKILL:
            deaths += 1
            end_leases()
            sweep()
        clock.travel(timedelta(minutes=5))

    assert (reload(job).state, deaths) == (JobState.DEAD, 3)
    assert DeadLetter.objects.for_tenant(acme.pk).get().reason == DeadLetterReason.CRASHED


def test_a_stop_in_good_order_is_no_crash(acme: Tenant, script: scripted.Script) -> None:
    script.delay = 30
    job = make_job(acme)
    pump = Pump("stopped")
    pump.start()
    pump.turn(budget=0.5)

    pump.stop(within=0.2)

    found = reload(job)
    assert (found.state, found.crashes, found.attempts) == (JobState.QUEUED, 0, 0)
