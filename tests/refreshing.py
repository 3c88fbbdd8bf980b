"""Connections whose access nears its end, one for each way of renewing it."""

from datetime import timedelta
from typing import Any

from apps.connections import credentials
from apps.connections.models import Connection, Credential
from apps.core import clock
from apps.jobs.pump import Pump
from apps.tenants.models import Tenant
from tests.make import make_connection, make_tenant
from tests.simulator import Simulator

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "meta": ("page", {}),
    "linkedin": ("member", {"approved": True}),
    "tiktok": ("creator", {}),
    "gbp": ("location", {}),
}


def connected(
    simulator: Simulator, platform: str, *, tenant: Tenant | None = None, **more: Any
) -> Connection:
    """Acme's account, connected a moment ago."""
    kind, usual = KINDS[platform]
    seeded = simulator.account(platform, kind, **{**usual, **more})
    return make_connection(tenant or make_tenant()[0], seeded, platform=platform, kind=kind)


def key_of(connection: Connection) -> Credential:
    """Return the current credential of the grant."""
    found = credentials.current(grant=connection.grant_id)
    assert found
    return found


def pass_time(simulator: Simulator, by: timedelta) -> None:
    """Let the time of all parties pass."""
    clock.travel(by)
    simulator.post("clock", advance_s=by.total_seconds())


def come_due(connection: Connection, simulator: Simulator) -> None:
    """Let the time pass until the access should be renewed."""
    due = key_of(connection).refresh_at
    assert due
    pass_time(simulator, due - clock.now() + timedelta(seconds=1))


def work_on(pump: Pump, *, rounds: int = 3) -> None:
    """Let the pump work through the waits between tries."""
    for _ in range(rounds):
        pump.drain()
        clock.travel(timedelta(seconds=30))
