"""A worker dies with a fresh token in its hand that nobody has written down."""

import signal
from datetime import timedelta

import pytest

from apps.connections import credentials, renewal
from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.choices import JobState
from apps.jobs.pump import Pump
from apps.jobs.sweep import sweep
from tests.faults.forks import end_leases, work
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.refreshing import come_due, connected, key_of, work_on
from tests.simulator import Simulator


@pytest.mark.parametrize("place", ["after_refresh", "before_settle@refresh", "in_settle@refresh"])
def test_the_refresh_is_made_again_and_what_waited_goes_out_once(
    place: str, pump: Pump, simulator: Simulator
) -> None:
    tenant, _ = make_tenant()
    seeded = simulator.account("gbp", "location")
    location = make_connection(tenant, seeded, platform="gbp", kind="location")
    simulator.post("clock", advance_s=3700)  # its access token has run out
    job = make_publish(location, content={"format": "update"})

    assert work(failpoint=f"{place}:kill") == -signal.SIGKILL
    end_leases()
    sweep()
    for _ in range(3):
        pump.drain()
        clock.travel(timedelta(seconds=30))

    current = credentials.for_connections([location])[location.pk]
    assert (reload(job).state, len(simulator.ledger()), current.version) == (JobState.SUCCEEDED, 1, 2)
    assert Connection.objects.for_tenant(tenant.pk).get().status == ConnectionStatus.ACTIVE


@pytest.mark.parametrize(
    ("platform", "status", "reason", "version"),
    [
        ("meta", ConnectionStatus.ACTIVE, "", 2),
        ("linkedin", ConnectionStatus.ACTIVE, "", 2),
        ("gbp", ConnectionStatus.ACTIVE, "", 2),
        ("tiktok", ConnectionStatus.ATTENTION, "AUTH_REPLY_LOST", 1),
    ],
)
def test_each_platform_gets_over_it_in_its_own_way(
    platform: str, status: str, reason: str, version: int, pump: Pump, simulator: Simulator
) -> None:
    connection = connected(simulator, platform)
    come_due(connection, simulator)
    renewal.renew_due(at=clock.now())

    assert work(failpoint="after_refresh:kill") == -signal.SIGKILL
    end_leases()
    sweep()
    work_on(pump)

    connection.refresh_from_db()
    assert (connection.status, connection.pause_reason) == (status, reason)
    assert (simulator.calls("", "refresh"), key_of(connection).version) == (2, version)
