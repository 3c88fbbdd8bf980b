"""The last disconnect gives the access back at the partner, and erases our keys whatever it says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.connections import revoking
from apps.connections.jobs import Revoke
from apps.connections.models import Connection, Credential
from apps.core import clock
from apps.events.models import Event
from apps.jobs.actions.hold import hold
from apps.jobs.choices import JobState
from apps.jobs.models import DeadLetter, Job
from apps.jobs.pump import Pump
from tests.make import make_connection, make_tenant, reload
from tests.simulator import Simulator

ACCOUNTS = (
    ("meta", "page"),
    ("linkedin", "member"),
    ("tiktok", "creator"),
    ("gbp", "location"),
    ("mailchimp", "audience"),
)


def disconnected(simulator: Simulator, platform: str, kind: str) -> Connection:
    """Acme's account, which Alice has just disconnected."""
    tenant, _ = make_tenant()
    connection = make_connection(tenant, simulator.account(platform, kind), platform=platform, kind=kind)
    Connection.objects.for_tenant(tenant.pk).update(status="inactive")
    return connection


def retire(connection: Connection) -> Job:
    """Let the grant end; return the job that does it."""
    assert revoking.retire(connection.grant, actor="user:alice", at=clock.now())
    return Job.objects.across_tenants().get(kind="revoke")


@pytest.mark.parametrize(("platform", "kind"), ACCOUNTS)
def test_it_is_given_back_through_every_hold_and_erased(
    platform: str, kind: str, pump: Pump, simulator: Simulator
) -> None:
    connection = disconnected(simulator, platform, kind)
    job = retire(connection)
    hold(scope=f"platform:{platform}", reason="ops", sentence="It waits.", at=clock.now())

    pump.drain()

    event = Event.objects.get(verb="grant.ended")
    assert (reload(job).state, Credential.objects.count()) == (JobState.SUCCEEDED, 0)
    assert event.data == {"at_partner": True}
    assert simulator.calls("", "revoke") == (0 if platform == "mailchimp" else 1)


def test_a_grant_that_another_connection_lives_on_is_kept(simulator: Simulator, committed: None) -> None:
    connection = disconnected(simulator, "gbp", "location")
    other = simulator.account("gbp", "location", user=connection.grant.external_user_id)
    make_connection(connection.tenant, other, platform="gbp", kind="location")

    assert not revoking.retire(connection.grant, actor="user:alice", at=clock.now())


def test_a_reconnect_in_between_wins(pump: Pump, simulator: Simulator) -> None:
    connection = disconnected(simulator, "gbp", "location")
    retire(connection)
    Connection.objects.for_tenant(connection.tenant_id).update(status="active")

    pump.drain()

    assert (simulator.calls("", "revoke"), Credential.objects.count()) == (0, 1)


def test_a_dead_token_counts_as_given_back(pump: Pump, simulator: Simulator) -> None:
    connection = disconnected(simulator, "meta", "page")
    simulator.post("tokens/revoke", platform="meta", user_id=connection.grant.external_user_id)
    job = retire(connection)

    pump.drain()

    assert (reload(job).state, Credential.objects.count()) == (JobState.SUCCEEDED, 0)


def test_a_partner_that_never_answers_keeps_no_key_with_us_and_makes_no_dead_letter(
    pump: Pump, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Revoke, "policy", replace(Revoke.policy, max_attempts=3))
    connection = disconnected(simulator, "gbp", "location")
    simulator.fault("answer", platform="gbp", operation="revoke", status=502, times=99)
    retire(connection)

    for _ in range(4):
        pump.drain()
        clock.travel(timedelta(hours=2))

    assert (Credential.objects.count(), DeadLetter.objects.across_tenants().count()) == (0, 0)
    assert Event.objects.get(verb="grant.ended").data == {"at_partner": False}


def test_tiktok_is_given_back_although_its_access_token_is_over(pump: Pump, simulator: Simulator) -> None:
    connection = disconnected(simulator, "tiktok", "creator")
    simulator.post("clock", advance_s=3 * 3600)
    retire(connection)

    pump.drain()

    assert [call["operation"] for call in simulator.get("calls?platform=tiktok")["rows"]] == [
        "revoke",
        "refresh",
        "revoke",
    ]
