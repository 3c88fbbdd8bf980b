"""What a process must know of a job before it takes it."""

from datetime import timedelta
from typing import Any

import pytest

from apps.jobs.checks import LONGEST_ATTEMPT, a_lease_outlives_missed_heartbeats, every_kind_has_a_time_limit
from apps.jobs.choices import JobState
from apps.jobs.models import Attempt, Job
from apps.jobs.pump import Pump
from tests import scripted
from tests.make import make_job, make_tenant, reload


@pytest.mark.parametrize("change", [{"kind": "from_the_future"}, {"args": {"v": 99}}])
def test_what_only_a_newer_release_knows_stays_in_the_queue_unburnt(
    pump: Pump, change: dict[str, Any]
) -> None:
    tenant, _ = make_tenant()
    job = make_job(tenant)
    Job.objects.across_tenants().update(**change)

    pump.drain()

    found = reload(job)
    assert (found.state, found.attempts, Attempt.objects.count()) == (JobState.QUEUED, 0, 0)


def test_what_it_knows_of_the_same_lane_goes_on(pump: Pump) -> None:
    tenant, _ = make_tenant()
    newer, known = make_job(tenant), make_job(tenant)
    Job.objects.across_tenants().filter(pk=newer.pk).update(args={"v": 99})

    pump.drain()

    assert (reload(newer).state, reload(known).state) == (JobState.QUEUED, JobState.SUCCEEDED)


def test_an_attempt_that_hangs_ends_at_its_kinds_limit(
    pump: Pump, script: scripted.Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripted.Scripted, "time_limit", timedelta(seconds=0.2))
    script.delay = 60
    tenant, _ = make_tenant()
    job = make_job(tenant)

    pump.drain(budget=5)

    assert (reload(job).error_code, script.calls) == ("NETWORK_TIMEOUT", 0)


def test_boot_refuses_a_kind_without_a_time_limit(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripted.Scripted, "time_limit", LONGEST_ATTEMPT * 2)

    assert [error.id for error in every_kind_has_a_time_limit()] == ["jobs.E003", "jobs.E003"]


def test_boot_refuses_a_lease_that_one_lost_heartbeat_would_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.jobs.lease.LEASE", 20.0)

    assert [error.id for error in a_lease_outlives_missed_heartbeats()] == ["jobs.E002"]
