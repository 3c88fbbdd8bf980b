"""A partner that keeps failing is left alone for a while, then tried with one post; nothing is given up meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from apps.core import clock
from apps.events.models import Event
from apps.jobs import lease
from apps.jobs.breaker import FIRST_REST, LONGEST_REST, MEMORY, Breaker, after
from apps.jobs.choices import JobState
from apps.jobs.claim import claim
from apps.jobs.explain import explain
from apps.jobs.kinds import Settlement
from apps.jobs.models import DeadLetter, Hold, Job, LaneBreaker
from apps.jobs.pump import Pump
from apps.jobs.settle import settle
from apps.tenants.models import Tenant
from tests import scripted
from tests.make import make_job, make_lane, make_tenant, reload

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def opened(at: datetime = NOON) -> Breaker:
    """Return a breaker that five failures have just opened."""
    return after(Breaker(), [False] * 5, at)[0]


class TestDecision:
    def test_five_failures_in_a_row_open_it(self) -> None:
        assert after(Breaker(), [False] * 4, NOON)[1] == []
        assert after(Breaker(), [False] * 5, NOON)[1] == ["opened"]

    def test_five_of_the_last_ten_open_it(self) -> None:
        assert after(Breaker(), [False, True] * 4 + [False], NOON)[1] == ["opened"]

    def test_what_is_longer_ago_than_ten_minutes_is_forgotten(self) -> None:
        before, _ = after(Breaker(), [False] * 4, NOON)

        assert after(before, [False], NOON + MEMORY + timedelta(seconds=1))[1] == []

    def test_two_probes_that_work_close_it(self) -> None:
        later = NOON + FIRST_REST

        assert after(opened(), [True, True], later) == (Breaker(), ["half_opened", "closed"])

    def test_a_probe_that_fails_doubles_the_rest(self) -> None:
        again, told = after(opened(), [False], NOON + FIRST_REST)

        assert (again.until, told) == (NOON + 3 * FIRST_REST, ["half_opened", "opened"])

    def test_an_answer_from_before_it_opened_changes_nothing(self) -> None:
        late, told = after(opened(), [True], NOON + timedelta(seconds=5))

        assert (late.until, late.probes, told) == (NOON + FIRST_REST, 0, [])

    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 1000)), max_size=80))
    def test_it_never_rests_longer_than_a_quarter_of_an_hour(self, calls: list[tuple[bool, int]]) -> None:
        breaker, at = Breaker(), NOON
        for worked, seconds in calls:
            at += timedelta(seconds=seconds)
            breaker, _ = after(breaker, [worked], at)
            assert breaker.until is None or breaker.until - at <= LONGEST_REST


@pytest.fixture
def acme(pump: Pump) -> Tenant:
    """A tenant whose partner fails."""
    return make_tenant()[0]


def failing(acme: Tenant, script: scripted.Script, pump: Pump) -> list[Job]:
    """Let five posts meet a partner that is down, with two waiting behind them."""
    script.answers = [scripted.failure(503) for _ in range(5)]
    jobs = [make_job(acme, kind="harmless") for _ in range(7)]
    pump.drain()
    return jobs


def verbs(prefix: str) -> list[str]:
    """Return what the log tells, in order."""
    return list(Event.objects.filter(verb__startswith=prefix).order_by("id").values_list("verb", flat=True))


def test_it_opens_in_the_settle_that_crossed_the_line_and_what_waits_says_until_when(
    acme: Tenant, script: scripted.Script, pump: Pump
) -> None:
    waiting = failing(acme, script, pump)[-1]

    hold = Hold.objects.get(reason="breaker", closed_at=None)
    why = explain(reload(waiting), at=clock.now())
    assert (script.calls, verbs("breaker"), why.next_at) == (5, ["breaker.opened"], hold.until)
    assert not DeadLetter.objects.across_tenants().exists()


def test_after_its_rest_it_closes_by_itself(acme: Tenant, script: scripted.Script, pump: Pump) -> None:
    jobs = failing(acme, script, pump)
    clock.travel(FIRST_REST + timedelta(seconds=1))

    pump.drain()

    assert {reload(job).state for job in jobs} == {JobState.SUCCEEDED}
    assert verbs("breaker") == ["breaker.opened", "breaker.half_opened", "breaker.closed"]
    assert not LaneBreaker.objects.exists()


def test_a_failing_lane_does_not_stop_its_neighbour(
    acme: Tenant, script: scripted.Script, pump: Pump
) -> None:
    failing(acme, script, pump)
    neighbour = make_job(acme, lane=make_lane(acme, "connection:2"))

    pump.drain()

    assert reload(neighbour).state == JobState.SUCCEEDED


def test_content_that_is_refused_never_opens_it(acme: Tenant, script: scripted.Script, pump: Pump) -> None:
    script.answers = [scripted.failure(400, {"error": {"code": 36004, "message": "long"}}) for _ in range(6)]
    for _ in range(6):
        make_job(acme, kind="harmless")

    pump.drain()

    assert (script.calls, Hold.objects.count()) == (6, 0)


def questions(tenant: Tenant, lanes: int, name: str) -> int:
    """Count the queries of a settle in which so many lanes fail."""
    for number in range(lanes):
        make_job(tenant, kind="harmless", lane=make_lane(tenant, f"connection:{name}{number}"))
    runner = lease.register(name)
    failed = [
        Settlement(job=one.job, attempt=one.attempt, fence=one.fence, outcome=scripted.failure(503))
        for one in claim(runner, lanes=lanes)
    ]
    with CaptureQueriesContext(connection) as queries:
        settle(runner, failed)
    return len(queries)


def test_a_storm_costs_as_many_questions_as_a_single_failure(acme: Tenant) -> None:
    assert questions(acme, 1, "one") == questions(acme, 12, "many")
