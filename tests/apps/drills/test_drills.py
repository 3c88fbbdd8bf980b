"""Drills from beginning to end, against a real stage: what is broken, noticed, healed and reckoned."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.connections.actions.reroute import close_routes
from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection, Credential, EgressRoute
from apps.core import clock
from apps.drills.actions.abort import abort
from apps.drills.actions.start import DrillRefused, DrillsOff, start
from apps.drills.actions.step import step_all
from apps.drills.choices import RunState, Verdict
from apps.drills.models import DrillRun
from apps.drills.posts import jobs_of
from apps.jobs.choices import JobState
from apps.jobs.models import Job
from apps.jobs.pump import Pump
from apps.tenants import flags
from apps.tenants.choices import Flag
from tests.journeys import Journey, begin_journey
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator
from tests.turning import turning


@pytest.fixture
def stage(pump: Pump, simulator: Simulator, settings: Any) -> Simulator:
    """The simulator's stage; Acme may drill."""
    settings.STAGE_URL, settings.SIMULATOR_URL = (
        simulator.settings["STAGE_URL"],
        simulator.settings["SIMULATOR_URL"],
    )
    return simulator


def journey(stage: Simulator, way: str = "meta") -> Journey:
    """Acme with one connection that works, and drills switched on."""
    found = begin_journey(stage, way, stopped=False)
    flags.switch(
        tenant=found.connection.tenant_id, flag=Flag.CHAOS_TESTS, on=True, actor="staff:o", at=clock.now()
    )
    return found


def begin(name: str, connection: Connection, **more: Any) -> DrillRun:
    """Ask for a drill on one connection, and let it begin."""
    wanted = {"actor": "staff:olga", "at": clock.now(), "connections": [connection.pk], **more}
    run = start(name, tenant=connection.tenant_id, **wanted)
    step_all()
    return now(run)


def now(run: DrillRun) -> DrillRun:
    """Read the run again."""
    return DrillRun.objects.across_tenants().get(pk=run.pk)


def go_on(
    run: DrillRun, pump: Pump, stage: Simulator, *, until: Callable[[DrillRun], object], by: float = 20
) -> DrillRun:
    """Let time pass for everybody, and everybody work, until something is so."""
    for _ in range(40):
        pump.drain()
        step_all()
        if until(run := now(run)):
            return run
        clock.travel(timedelta(seconds=by))
        stage.post("/stage/control/clock", advance_s=by)
        stage.post("clock", advance_s=by)
    raise AssertionError(
        (run.state, run.detected_at, run.numbers, [(j.state, j.error_code) for j in jobs_of(run)])
    )


def ended(run: DrillRun) -> bool:
    return run.state == RunState.ENDED


def said(run: DrillRun) -> tuple[Any, ...]:
    """What matters most of a card."""
    return (
        run.verdict,
        run.why,
        run.numbers.get("lost"),
        run.numbers.get("doubled"),
        run.numbers.get("strays"),
    )


HELD = (Verdict.PASSED, "", 0, 0, [])


def test_access_that_ends_is_held_until_alice_reconnects_and_nothing_meets_the_real_partner(
    stage: Simulator, pump: Pump
) -> None:
    acme = journey(stage)
    before = {one.access_token() for one in Credential.objects.all()}
    planned = make_publish(acme.connection, "A real post", due_at=clock.now() + timedelta(seconds=1))
    calls = len(stage.get("calls")["rows"])
    run = begin("expire_token", acme.connection)

    run = go_on(run, pump, stage, until=lambda one: one.detected_at)
    stopped = (acme.now().status, reload(planned).state, len(stage.get("calls")["rows"]) - calls)
    with turning(pump):
        answer = acme.browser.get(acme.answer(acme.out(backfill="on")))
    run = go_on(run, pump, stage, until=ended)
    pump.drain()

    assert stopped == (ConnectionStatus.ATTENTION, JobState.QUEUED, 0)
    assert (answer.status_code, said(run)) == (302, HELD)
    assert (run.numbers["without_staff"], run.numbers["published"], acme.now().status) == (True, 6, "active")
    assert [row["text"] for row in stage.ledger(acme.connection.external_id)] == ["A real post"]
    assert not [one for one in before if one in str(stage.get("/stage/control/calls"))]
