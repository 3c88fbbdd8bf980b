"""An expired token is renewed without a person; a dead grant asks for one."""

from datetime import timedelta

import pytest

from apps.connections import credentials
from apps.connections.choices import ConnectionStatus
from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.actions.enqueue import NewJob, enqueue
from apps.jobs.choices import JobState
from apps.jobs.models import Hold, Job
from apps.jobs.pump import Pump
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator

UPDATE = {"format": "update"}


@pytest.fixture
def place(pump: Pump, simulator: Simulator) -> Connection:
    """Acme's location at Google; its access token has run out an hour ago."""
    tenant, _ = make_tenant()
    connection = make_connection(
        tenant, simulator.account("gbp", "location"), platform="gbp", kind="location"
    )
    simulator.post("clock", advance_s=3700)
    return connection


def test_an_expired_token_is_renewed_and_the_posts_go_out(
    place: Connection, pump: Pump, simulator: Simulator
) -> None:
    jobs = [make_publish(place, f"Post {number}", content=UPDATE) for number in range(3)]

    pump.drain()

    assert [reload(job).state for job in jobs] == [JobState.SUCCEEDED] * 3
    assert [row["text"] for row in simulator.ledger()] == ["Post 0", "Post 1", "Post 2"]


def test_one_refresh_serves_them_all_and_keeps_the_refresh_token(
    place: Connection, pump: Pump, simulator: Simulator
) -> None:
    before = credentials.current(grant=place.grant_id)
    for number in range(3):
        make_publish(place, f"Post {number}", content=UPDATE)

    pump.drain()

    after = credentials.current(grant=place.grant_id)
    assert before is not None
    assert after is not None
    assert (after.version, after.refresh_token()) == (before.version + 1, before.refresh_token())
    assert simulator.calls("", "refresh") == 1


def test_a_dead_grant_pauses_and_nothing_is_lost(place: Connection, pump: Pump, simulator: Simulator) -> None:
    simulator.post("tokens/revoke", platform="gbp", user_id=place.grant.external_user_id)
    job = make_publish(place, content=UPDATE)

    pump.drain()

    place.refresh_from_db()
    assert (place.status, place.pause_reason, reload(job).state) == (
        ConnectionStatus.REVOKED,
        "AUTH_REVOKED",
        JobState.QUEUED,
    )
    assert not Hold.objects.filter(reason="refresh", closed_at=None).exists()


def test_a_partner_that_stumbles_pauses_nobody(place: Connection, pump: Pump, simulator: Simulator) -> None:
    simulator.fault(
        "answer", platform="gbp", operation="refresh", status=502, body="<html>Bad Gateway</html>"
    )
    job = make_publish(place, content=UPDATE)

    for _ in range(3):
        pump.drain()
        clock.travel(timedelta(minutes=2))

    assert (reload(job).state, Job.objects.across_tenants().get(kind="refresh").attempts) == (
        JobState.SUCCEEDED,
        1,
    )


def test_nobody_is_sent_with_a_token_that_is_over_by_our_own_clock(
    place: Connection, pump: Pump, simulator: Simulator
) -> None:
    job = make_publish(place, content=UPDATE)
    clock.travel(timedelta(seconds=3590))  # in 10 s, and Google's clock is not ours

    pump.drain()

    rows = simulator.get("calls?operation=publish")["rows"]
    assert ([row["status"] for row in rows], simulator.calls("", "refresh")) == ([200], 1)
    assert reload(job).state == JobState.SUCCEEDED


def test_a_health_check_waits_for_the_renewal_instead_of_pausing(
    place: Connection, pump: Pump, simulator: Simulator
) -> None:
    new = NewJob(lane=lane_of(place), kind="health_check", args={}, due_at=clock.now(), connection=place.pk)
    job, _ = enqueue(new, actor="system:health", at=clock.now())

    pump.drain()
    clock.travel(timedelta(seconds=6))
    pump.drain()

    place.refresh_from_db()
    assert (reload(job).state, place.status) == (JobState.SUCCEEDED, ConnectionStatus.ACTIVE)
    assert simulator.calls("", "refresh") == 1
