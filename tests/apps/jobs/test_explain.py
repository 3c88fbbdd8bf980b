"""Whatever a job waits for, it says so in one sentence, with a next time or a person; so does its lane."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core import clock
from apps.jobs.actions.hold import hold, rest
from apps.jobs.choices import FINAL, HeldFor, JobState
from apps.jobs.explain import Explanation, explain, explain_lane, explain_many
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Hold, Job, Lane
from apps.tenants.models import Tenant
from tests import scripted
from tests.make import make_job, make_tenant, reload

WAITS = {
    "queued": {},
    "planned": {"run_at": "later"},
    "retried": {"run_at": "later", "attempts": 1},
    "throttled": {"run_at": "later", "throttles": 1},
    "processed by the partner": {"state": JobState.WAITING, "run_at": "later", "committed_at": "now"},
    "looked for": {"state": JobState.VERIFYING, "unknown_since": "now", "run_at": "later"},
    "late": {"ask_after": "now"},
    "in quarantine": {"crashes": 2},
    "unconfirmed": {"state": JobState.HELD, "held_for": HeldFor.UNCONFIRMED},
    "asked about": {"state": JobState.HELD, "held_for": HeldFor.APPROVAL},
    "stopped by operations": {"state": JobState.HELD, "held_for": HeldFor.OPS},
    "running": {"state": JobState.RUNNING, "runner": "0199a000-0000-7000-8000-000000000000"},
}


@pytest.fixture
def acme(db: None, script: scripted.Script) -> Tenant:
    """A tenant."""
    return make_tenant()[0]


def in_state(acme: Tenant, name: str) -> Job:
    """Return a job in one of the states that a job can be in."""
    job, now = make_job(acme), clock.now()
    times = {"now": now, "later": now + timedelta(minutes=5)}
    wanted = {field: times.get(str(value), value) for field, value in WAITS[name].items()}
    Job.objects.across_tenants().filter(pk=job.pk).update(**wanted)
    return reload(job)


def says_enough(why: Explanation) -> bool:
    """One reason, and either a time or somebody who must act."""
    return bool(why.sentence and why.blocked_by) and bool(why.next_at) != bool(why.who)


@pytest.mark.parametrize("name", WAITS)
def test_every_open_job_says_what_it_waits_for(acme: Tenant, name: str) -> None:
    why = explain(in_state(acme, name), at=clock.now())

    assert says_enough(why), why
    assert "unknown" not in why.sentence.lower()


@pytest.mark.parametrize("reason", [*HoldReason, "incident:1"])
@pytest.mark.parametrize("name", WAITS)
def test_it_does_so_under_every_hold(acme: Tenant, name: str, reason: str) -> None:
    job = in_state(acme, name)
    hold(scope="lane:connection:1", reason=reason, sentence="It rests.", at=clock.now())

    assert says_enough(explain(job, at=clock.now()))


@pytest.mark.parametrize("state", sorted(FINAL))
def test_an_end_says_so_and_waits_for_nobody(acme: Tenant, state: str) -> None:
    job = make_job(acme)
    job.state = state

    why = explain(job, at=clock.now())

    assert (why.blocked_by, why.next_at, why.who) == (f"final:{state}", None, "")


def lane(acme: Tenant) -> Explanation:
    """Explain the only lane."""
    return explain_lane(
        Lane.objects.for_tenant(acme.pk).get(), Hold.objects.filter(closed_at=None), at=clock.now()
    )


def test_a_lane_names_the_weightiest_of_its_holds(acme: Tenant) -> None:
    make_job(acme)
    end = clock.now() + timedelta(minutes=1)
    rest({"lane:connection:1": end}, reason="throttle", sentence="Slow.", at=clock.now())
    hold(scope=f"tenant:{acme.pk}", reason="ops", sentence="Stopped.", who="Olga", at=clock.now())

    assert (lane(acme).sentence, lane(acme).who) == ("Stopped.", "Olga")


def test_a_lane_that_rests_says_until_when(acme: Tenant) -> None:
    make_job(acme)
    end = clock.now() + timedelta(minutes=1)
    rest({"platform:meta": end}, reason="throttle", sentence="Slow.", at=clock.now())

    assert lane(acme).next_at == end


def test_a_lane_with_work_is_next_and_one_without_says_so(acme: Tenant) -> None:
    make_job(acme)
    first = lane(acme).blocked_by
    Lane.objects.across_tenants().update(ready_at=None)

    assert (first, lane(acme).blocked_by) == ("queue", "nothing")


def test_many_jobs_cost_as_many_questions_as_one(acme: Tenant, django_assert_num_queries: Any) -> None:
    jobs = [reload(make_job(acme, fingerprint=f"same {number % 3}")) for number in range(20)]
    at = clock.now()

    for some in (jobs[:1], jobs):
        with django_assert_num_queries(3):
            assert all(says_enough(why) for why in explain_many(some, at=at).values())


def test_what_operations_stopped_waits_for_operations(acme: Tenant) -> None:
    assert explain(in_state(acme, "stopped by operations"), at=clock.now()).who == "operations"


def test_what_rests_for_two_reasons_goes_on_after_the_last(acme: Tenant) -> None:
    job, now = make_job(acme), clock.now()
    ends = {"lane:connection:1": now + timedelta(seconds=12), "platform:meta": now + timedelta(hours=1)}
    rest(ends, reason=HoldReason.THROTTLE, sentence="The partner asked us to slow down.", at=now)
    rest({"lane:connection:1": now + timedelta(minutes=1)}, reason="breaker", sentence="It fails.", at=now)

    why = explain(job, at=now)

    assert (why.next_at, why.blocked_by) == (now + timedelta(hours=1), "hold:throttle")


def test_a_late_post_is_asked_about_when_its_next_try_is_due(acme: Tenant) -> None:
    job = in_state(acme, "retried")
    Job.objects.across_tenants().filter(pk=job.pk).update(ask_after=clock.now())

    assert explain(reload(job), at=clock.now()).next_at == job.run_at


def test_behind_a_twin_that_operations_stopped_nobody_of_the_tenant_is_named(acme: Tenant) -> None:
    held = in_state(acme, "stopped by operations")
    twin = make_job(acme)
    Job.objects.across_tenants().filter(pk__in=[held.pk, twin.pk]).update(fingerprint="same")

    why = explain(reload(twin), at=clock.now())

    assert (why.blocked_by, why.who) == (f"twin:{held.pk}", "operations")
