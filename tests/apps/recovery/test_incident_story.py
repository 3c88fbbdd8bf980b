"""An incident from end to end: real calls on the wire, a partner that refuses everybody for a while."""

from datetime import timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.core import clock
from apps.events.models import Event
from apps.jobs.choices import JobState
from apps.jobs.pump import Pump
from apps.recovery.models import Incident
from apps.recovery.watch import watch
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator

SLIP = {"status": 400, "body": {"error": {"code": 190, "error_subcode": 460, "type": "OAuthException"}}}
AWAY = {"status": 503, "body": "Down for maintenance"}


@pytest.fixture
def pages(pump: Pump, simulator: Simulator, settings: Any) -> list[Connection]:
    """Four pages of two tenants, each with a sign-in of its own."""
    settings.INCIDENT_CONNECTIONS = 4
    owners = [make_tenant()[0], make_tenant("Globex", "charlie@globex.test")[0]]
    return [
        make_connection(owners[number % 2], simulator.account("meta", "page", name=f"Page {number}"))
        for number in range(4)
    ]


def minute(pump: Pump) -> None:
    """Let a minute pass: calls are made, and the watch looks before and after."""
    watch()
    pump.drain()
    watch()
    clock.travel(timedelta(seconds=61))


@pytest.mark.parametrize("fault", [SLIP, AWAY])
def test_a_partner_that_refuses_everybody_is_waited_for_and_each_post_goes_out_once(
    fault: dict[str, Any], pages: list[Connection], pump: Pump, simulator: Simulator
) -> None:
    simulator.fault("answer", platform="meta", times=1000, **fault)
    jobs = [make_publish(page) for page in pages]
    pump.drain()
    watch()
    for _ in range(2):
        minute(pump)
    during = {one.status for one in Connection.objects.across_tenants()}
    simulator.mend()

    for _ in range(6):
        minute(pump)
    for _ in range(3):  # what may have gone out is looked for until the listing can lag no longer
        clock.travel(timedelta(minutes=14))
        pump.drain()

    assert (during, Incident.objects.get().end) == ({"active"}, "over")
    assert {reload(job).state for job in jobs} == {JobState.SUCCEEDED}
    assert [len(simulator.ledger(page.external_id)) for page in pages] == [1, 1, 1, 1]
    told = Event.objects.filter(verb="connection.paused").count()
    assert told == Event.objects.filter(verb="connection.pause_converted").count()
