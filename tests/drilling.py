"""Drills as tests run them: on a stage, with everybody's time moved by hand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client

from apps.connections.models import Connection
from apps.core import clock
from apps.drills import letters
from apps.drills.actions.start import start
from apps.drills.actions.step import step_all
from apps.drills.choices import RunState, Verdict
from apps.drills.models import DrillRun
from apps.drills.posts import jobs_of
from apps.jobs.pump import Pump
from apps.tenants import flags
from apps.tenants.choices import Flag
from tests.journeys import Journey, begin_journey
from tests.simulator import Simulator

# What `said` says of a drill that held: nothing lost, nothing doubled, no call that strayed.
HELD = (Verdict.PASSED, "", 0, 0, [])


def set_up_stage(simulator: Simulator, settings: Any) -> Simulator:
    """Let the house know the simulator's stage, which is empty."""
    simulator.post("/stage/control/reset")
    for name in ("STAGE_URL", "SIMULATOR_URL"):
        setattr(settings, name, simulator.settings[name])
    return simulator


def let_pass(stage: Simulator, seconds: float) -> None:
    """Move everybody's time."""
    clock.travel(timedelta(seconds=seconds))
    stage.post("/stage/control/clock", advance_s=seconds)
    stage.post("clock", advance_s=seconds)


def journey(stage: Simulator, way: str = "meta") -> Journey:
    """Acme with one connection that works, and drills switched on."""
    found = begin_journey(stage, way, stopped=False)
    let_pass(stage, 120)  # a token of this minute would not be renewed
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
    run: DrillRun,
    pump: Pump,
    stage: Simulator,
    *,
    until: Callable[[DrillRun], object],
    by: float = 20,
    also: Callable[[], object] = lambda: None,
) -> DrillRun:
    """Let time pass for everybody, and everybody work, until something is so."""
    for _ in range(40):
        pump.drain()
        also()
        step_all()
        if until(run := now(run)):
            return run
        let_pass(stage, by)
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


def mail(letter: letters.Letter) -> None:
    """Bring a letter to our own door."""
    path, headers = f"/api/webhooks/{letter.path}", dict(letter.headers)
    answer = Client().post(path, letter.body, content_type=letter.kind, headers=headers)
    assert answer.status_code == 200
