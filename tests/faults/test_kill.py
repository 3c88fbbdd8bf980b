"""SIGKILL between "sent" and "settled": the next owner looks before it sends."""

import signal
from datetime import timedelta

import pytest
from django.test import override_settings

from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.choices import JobState
from apps.jobs.models import Attempt, Job
from apps.jobs.pump import Pump
from apps.jobs.sweep import sweep
from tests.faults.forks import end_leases, work
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator


@pytest.fixture
def orphan(committed: None, simulator: Simulator) -> Job:
    """A post whose worker was killed after the partner had published it."""
    tenant, _ = make_tenant()
    job = make_publish(make_connection(tenant, simulator.account("meta", "page")))
    assert work(failpoint="after_send:kill") == -signal.SIGKILL
    assert len(simulator.ledger()) == 1
    return job


def work_on(pump: Pump) -> None:
    """Take over, and let the hours pass."""
    end_leases()
    sweep()
    for _ in range(4):
        clock.travel(timedelta(minutes=10))
        pump.drain()


def test_leaves_an_open_attempt_behind(orphan: Job) -> None:
    attempt = Attempt.objects.get(job=orphan)

    assert (attempt.outcome, reload(orphan).state) == ("", JobState.RUNNING)


def test_is_found_and_not_posted_again(orphan: Job, pump: Pump, simulator: Simulator) -> None:
    work_on(pump)

    assert (reload(orphan).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)


def test_posts_twice_when_verification_is_switched_off(orphan: Job, pump: Pump, simulator: Simulator) -> None:
    with override_settings(VERIFY_BEFORE_RESEND=False):
        work_on(pump)

    assert len(simulator.ledger()) == 2


def test_stays_stuck_when_the_sweep_is_switched_off(orphan: Job, pump: Pump) -> None:
    with override_settings(SWEEPING=False):
        work_on(pump)

    assert reload(orphan).state == JobState.RUNNING


def test_keeps_its_place_before_what_waited_behind_it(orphan: Job, simulator: Simulator) -> None:
    connection_ = Connection.objects.across_tenants().get(pk=orphan.connection)
    behind = make_publish(connection_, "The next one")
    end_leases()

    sweep()

    assert reload(orphan).run_at < behind.run_at
