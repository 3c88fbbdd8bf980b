"""A refresh whose answer is lost is asked again; where the partner has forgotten the old token, nobody was revoked."""

from datetime import timedelta

import pytest

from apps.connections import renewal
from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.choices import JobState
from apps.jobs.models import DeadLetter, Hold, Job
from apps.jobs.pump import Pump
from apps.recovery.actions.resume import resume
from tests.make import make_publish, make_tenant, reload
from tests.refreshing import KINDS, come_due, connected, key_of, work_on
from tests.simulator import Simulator

LOST = ("accept_then_cut", "accept_then_answer")
FORGIVING = sorted(set(KINDS) - {"tiktok"})


def lose(connection: Connection, effect: str, simulator: Simulator, pump: Pump) -> Connection:
    """Let the answer to the next refresh be lost, and the engine work on."""
    come_due(connection, simulator)
    simulator.fault(effect, platform=connection.platform, operation="refresh", status=502, body="Bad Gateway")
    renewal.renew_due(at=clock.now())
    work_on(pump)
    return Connection.objects.across_tenants().get(pk=connection.pk)


def refresh_job() -> Job:
    """The only refresh there is."""
    return Job.objects.across_tenants().get(kind="refresh")


@pytest.mark.parametrize("effect", LOST)
@pytest.mark.parametrize("platform", FORGIVING)
def test_it_is_simply_repeated_where_the_old_token_lives_on(
    platform: str, effect: str, pump: Pump, simulator: Simulator
) -> None:
    connection = lose(connected(simulator, platform), effect, simulator, pump)

    assert (connection.status, key_of(connection).version) == (ConnectionStatus.ACTIVE, 2)
    assert simulator.calls("", "refresh") == 2


@pytest.mark.parametrize("effect", LOST)
def test_tiktok_asks_for_one_reconnect_and_says_why(effect: str, pump: Pump, simulator: Simulator) -> None:
    creator = lose(connected(simulator, "tiktok"), effect, simulator, pump)

    assert (creator.status, creator.pause_reason) == (ConnectionStatus.ATTENTION, "AUTH_REPLY_LOST")
    assert "answer was lost" in Hold.objects.get(closed_at=None).sentence
    assert (refresh_job().state, refresh_job().error_rule) == (JobState.FAILED, "system.refresh_reply_lost")


@pytest.mark.parametrize("effect", ["cut", "answer"])
def test_tiktok_goes_on_where_the_request_was_lost_instead(
    effect: str, pump: Pump, simulator: Simulator
) -> None:
    creator = lose(connected(simulator, "tiktok"), effect, simulator, pump)

    assert (creator.status, key_of(creator).version) == (ConnectionStatus.ACTIVE, 2)


@pytest.mark.parametrize("platform", sorted(KINDS))
def test_what_was_really_taken_back_stops_at_once(platform: str, pump: Pump, simulator: Simulator) -> None:
    connection = connected(simulator, platform)
    come_due(connection, simulator)
    simulator.post("tokens/revoke", platform=platform, user_id=connection.grant.external_user_id)

    renewal.renew_due(at=clock.now())
    pump.drain()

    connection.refresh_from_db()
    assert connection.status in {ConnectionStatus.REVOKED, ConnectionStatus.ATTENTION}
    assert connection.pause_reason != "AUTH_REPLY_LOST"
    assert simulator.calls("", "refresh") == 1


def test_an_old_lost_answer_is_forgotten_with_the_next_version(pump: Pump, simulator: Simulator) -> None:
    creator = lose(connected(simulator, "tiktok"), "cut", simulator, pump)
    simulator.post("tokens/revoke", platform="tiktok", user_id=creator.grant.external_user_id)
    come_due(creator, simulator)

    renewal.renew_due(at=clock.now())
    pump.drain()

    creator.refresh_from_db()
    assert (creator.status, creator.pause_reason) == (ConnectionStatus.REVOKED, "AUTH_REVOKED")


def test_a_partner_that_asks_for_patience_gets_it(pump: Pump, simulator: Simulator) -> None:
    place = connected(simulator, "gbp")
    come_due(place, simulator)
    simulator.fault(
        "answer", platform="gbp", operation="refresh", status=429, headers={"Retry-After": "100"}, body={}
    )
    renewal.renew_due(at=clock.now())

    work_on(pump)
    early = simulator.calls("", "refresh")
    work_on(pump)

    assert (early, simulator.calls("", "refresh"), key_of(place).version) == (1, 2, 2)
    assert refresh_job().attempts == 0


def test_days_of_trouble_pause_nobody(pump: Pump, simulator: Simulator) -> None:
    place = connected(simulator, "gbp")
    come_due(place, simulator)
    simulator.fault("answer", platform="gbp", operation="refresh", status=503, times=99)
    renewal.renew_due(at=clock.now())

    for _ in range(12):
        pump.drain()
        clock.travel(timedelta(hours=8))

    place.refresh_from_db()
    assert (place.status, refresh_job().state) == (ConnectionStatus.ACTIVE, JobState.QUEUED)
    assert DeadLetter.objects.across_tenants().count() == 0


def test_our_own_wrong_secret_asks_nobody_to_reconnect(pump: Pump, simulator: Simulator) -> None:
    place = connected(simulator, "gbp")
    come_due(place, simulator)
    simulator.fault(
        "answer", platform="gbp", operation="refresh", status=401, body={"error": "invalid_client"}
    )
    renewal.renew_due(at=clock.now())

    pump.drain()
    parked = Hold.objects.get(closed_at=None).scope
    clock.travel(timedelta(minutes=6))
    pump.drain()

    place.refresh_from_db()
    assert (parked, place.status) == ("platform:gbp", ConnectionStatus.ACTIVE)
    assert (refresh_job().state, key_of(place).version) == (JobState.SUCCEEDED, 2)


def test_what_was_refused_is_not_asked_for_again(pump: Pump, simulator: Simulator) -> None:
    tenant, alice = make_tenant()
    place = connected(simulator, "gbp", tenant=tenant)
    simulator.post("tokens/revoke", platform="gbp", user_id=place.grant.external_user_id)
    job = make_publish(place, content={"format": "update"})
    pump.drain()
    place.refresh_from_db()

    resume(place, actor=f"user:{alice.pk}", at=clock.now())  # nothing has changed at Google
    pump.drain()

    place.refresh_from_db()
    assert (place.status, reload(job).state) == (ConnectionStatus.ATTENTION, JobState.QUEUED)
    assert simulator.calls("", "refresh") == 1
    assert not Hold.objects.filter(reason="refresh", closed_at=None).exists()
