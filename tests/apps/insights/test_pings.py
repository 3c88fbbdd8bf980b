"""Every connection is asked every few hours: evenly, unless its posts prove it, and so that a dead token is found in time."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from apps.connections import way_out
from apps.connections.models import Connection
from apps.core import clock
from apps.errors.codes import ErrorCode
from apps.events.models import Event
from apps.insights import pace, pings, results
from apps.insights.models import ConnectionHealth, HealthResult
from apps.jobs.actions.hold import hold
from apps.jobs.choices import JobState
from apps.jobs.models import Attempt, Job, Tick
from apps.notifications.models import Notice
from apps.recovery.models import Incident
from apps.tenants import flags
from apps.tenants.choices import Flag
from tests.crowd import Answer, Crowd, make_crowd, works

pytestmark = pytest.mark.django_db
DAYS, STEP = 7, timedelta(minutes=20)
BEAT_IS_AWAY = timedelta(minutes=40)


class House:
    """A crowd, the tick, and whoever reads the log."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.read = UUID(int=0)
        self.rng = Random(7)

    def ping(self) -> int:
        """Let the tick pass."""
        return pings.ping_due(at=clock.now(), rng=self.rng)

    def answer(self, answer: Answer = works) -> None:
        """Let partners answer, and the log be read."""
        self.crowd.serve(answer)
        events = list(Event.objects.filter(verb="connection.checked", pk__gt=self.read).order_by("pk"))
        self.read = events[-1].pk if events else self.read
        results.act(events, clock.now())

    def make_due(self) -> None:
        """Let every connection be due now."""
        self.ping()
        ConnectionHealth.objects.across_tenants().update(due_at=clock.now())


@pytest.fixture
def house() -> House:
    """Six connections of two tenants, without posts."""
    return House(make_crowd(6, tenants=2, posts=False))


def known(crowd: Crowd) -> ConnectionHealth:
    """Return what is known of the first connection."""
    return ConnectionHealth.objects.across_tenants().get(pk=crowd.pks[0])


def test_a_dead_token_is_found_within_six_hours_for_a_week_whatever_else_goes_on() -> None:
    rng = Random(11)
    house = House(make_crowd(6, tenants=3, posts=False))
    for _ in range(4):
        house.crowd.post()  # a backlog in each lane, which is held for the whole week
    for tenant in {one.tenant_id for one in house.crowd.connections}:
        hold(
            scope=f"tenant:{tenant}",
            reason="ops",
            at=clock.now(),
            who="operations",
            sentence="Olga looks at it.",
        )
    begin = clock.now()
    dies = {pk: begin + timedelta(days=DAYS - 0.5) * rng.random() for pk in house.crowd.pks}

    while (at := clock.now()) < begin + timedelta(days=DAYS):
        if (at - begin) % timedelta(hours=9) >= BEAT_IS_AWAY and house.ping():
            house.answer(lambda job, at=at: ErrorCode.AUTH_REVOKED if dies[job.connection] <= at else None)
        clock.travel(STEP)

    found = dict(Connection.objects.across_tenants().values_list("pk", "paused_at"))
    gaps = {pk: found[pk] - died for pk, died in dies.items() if found[pk]}
    print(f"{len(gaps)} of {len(dies)} found, the longest gap was {max(gaps.values())}")  # noqa: T201
    assert len(gaps) == len(dies)
    assert max(gaps.values()) <= pace.PROMISE


def test_no_minute_asks_more_than_twice_the_mean_of_ten_thousand_connections() -> None:
    rng, asked = Random(3), Counter[int]()
    for _ in range(10_000):
        at = pace.first_wait(rng)
        while at < timedelta(days=2):
            asked[at // timedelta(minutes=1)] += 1
            at += pace.wait(rng)

    mean = sum(asked.values()) / (2 * 24 * 60)

    print(f"{mean:.1f} a minute on average, {max(asked.values())} at most")  # noqa: T201
    assert pace.share(10_000) == 84
    assert max(asked.values()) <= 2 * mean


def test_a_crowd_that_is_due_at_once_goes_in_shares_but_what_is_late_goes_now(house: House) -> None:
    house.make_due()

    with patch.object(pace, "FEWEST", 2):
        shares = [house.ping(), house.ping()]
        clock.travel(pace.LATE)
        shares.append(house.ping())

    assert shares == [2, 2, 2]
    ConnectionHealth.objects.across_tenants().update(due_at=clock.now() - pace.LATE)
    house.answer()
    ConnectionHealth.objects.across_tenants().update(due_at=clock.now() - pace.LATE)
    with patch.object(pace, "FEWEST", 2):
        assert house.ping() == 6


def test_asks_once_until_the_answer_is_there_and_then_hours_later(house: House) -> None:
    house.make_due()

    first, twice = house.ping(), house.ping()
    house.answer()

    row = known(house.crowd)
    assert (first, twice, Job.objects.across_tenants().count()) == (6, 0, 6)
    assert (row.status, row.checked_at, row.proven_at) == ("healthy", row.checked_at, row.checked_at)
    assert pace.LEAST <= row.due_at - row.checked_at <= pace.MOST  # type: ignore[operator]
    assert Connection.objects.across_tenants().filter(last_health_check=None).count() == 0


def test_posts_that_went_out_prove_a_connection_and_a_word_of_a_person_does_not(house: House) -> None:
    house.crowd.post()
    at = clock.now()
    house.crowd.serve()
    Job.objects.across_tenants().update(kind="publish")
    proven, said = house.crowd.pks[:2]
    Attempt.objects.filter(job__connection=proven).update(sent_at=at)
    house.make_due()

    house.ping()

    asked = set(Job.objects.across_tenants().filter(kind="health_check").values_list("connection", flat=True))
    assert proven not in asked
    assert said in asked
    assert at <= known(house.crowd).proven_at <= clock.now()  # type: ignore[operator]


def test_leaves_out_who_does_not_want_it_what_is_stopped_and_what_is_being_checked(house: House) -> None:
    unwanted = house.crowd.connections[0].tenant_id
    flags.switch(tenant=unwanted, flag=Flag.SYNTHETIC_PINGS, on=False, actor="staff:olga", at=clock.now())
    house.make_due()
    house.ping()
    ConnectionHealth.objects.across_tenants().update(due_at=clock.now())

    again = house.ping()

    asked = Job.objects.across_tenants().filter(kind="health_check")
    assert (again, asked.count(), asked.filter(tenant=unwanted).count()) == (0, 3, 0)


def test_silence_is_no_verdict_and_pauses_nothing(house: House) -> None:
    house.make_due()
    house.ping()

    for _ in range(5):
        house.answer(lambda _job: ErrorCode.NETWORK_ERROR)
        clock.travel(timedelta(minutes=1))

    row = known(house.crowd)
    assert (row.status, row.code, row.proven_at) == ("unknown", "NETWORK_ERROR", None)
    assert row.due_at <= clock.now() + pace.AGAIN_MOST
    assert set(Connection.objects.across_tenants().values_list("status", flat=True)) == {"active"}


def test_a_refusal_is_critical_and_pauses_by_the_one_path_there_is(house: House) -> None:
    house.make_due()
    house.ping()

    house.answer(lambda job: ErrorCode.AUTH_REVOKED if job.connection == house.crowd.pks[0] else None)

    states = (
        Connection.objects.across_tenants()
        .filter(pk=house.crowd.pks[0])
        .values_list("status", "pause_reason")
    )
    assert (known(house.crowd).status, list(states)) == ("critical", [("revoked", "AUTH_REVOKED")])
    assert Event.objects.filter(verb="connection.revoked").count() == 1


def test_nobody_is_asked_or_blamed_while_nothing_outside_can_be_reached(house: House) -> None:
    house.make_due()
    house.ping()
    for _ in range(5):
        house.answer(lambda _job: ErrorCode.NETWORK_ERROR)
        clock.travel(timedelta(minutes=1))
    ConnectionHealth.objects.across_tenants().update(due_at=clock.now())

    with patch.object(way_out, "is_open", return_value=False):
        asked = pings.tick()
        Tick.objects.all().delete()
        pings.tick()
    Tick.objects.all().delete()
    with patch.object(way_out, "is_open", return_value=True):
        later = pings.tick()

    assert (asked, later) == (0, 6)
    assert set(HealthResult.objects.across_tenants().values_list("ours", flat=True)) == {True}
    assert Event.objects.filter(verb="egress.closed").count() == 1
    assert Notice.objects.across_tenants().filter(about="house").count() == 1


def test_costs_as_many_queries_for_many_as_for_few(house: House) -> None:
    def queries() -> int:
        Job.objects.across_tenants().update(state=JobState.CANCELLED, finished_at=clock.now())
        ConnectionHealth.objects.across_tenants().update(due_at=clock.now())
        with CaptureQueriesContext(
            database,
        ) as found:
            assert house.ping() > 0
        return len(found)

    house.ping()
    ConnectionHealth.objects.across_tenants().exclude(pk=house.crowd.pks[0]).delete()
    Connection.objects.across_tenants().exclude(pk=house.crowd.pks[0]).update(status="inactive")
    few = queries()
    Connection.objects.across_tenants().update(status="active")
    house.ping()

    assert queries() == few


def test_an_old_event_changes_nothing_and_none_is_kept_twice(house: House) -> None:
    house.make_due()
    house.ping()
    house.answer()
    events = list(Event.objects.filter(verb="connection.checked"))
    before: datetime | None = known(house.crowd).due_at

    results.act(events, clock.now())

    assert HealthResult.objects.across_tenants().count() == len(events) == 6
    assert known(house.crowd).due_at == before


@pytest.mark.parametrize(("is_open", "incidents"), [(False, 0), (True, 1)])
def test_silence_at_many_is_an_incident_only_when_something_else_can_be_reached(
    is_open: bool, incidents: int
) -> None:
    crowd = make_crowd(12, tenants=4)

    with patch.object(way_out, "is_open", return_value=is_open):
        crowd.run(1, lambda _job: ErrorCode.NETWORK_TIMEOUT)

    assert Incident.objects.count() == incidents
