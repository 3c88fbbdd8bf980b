"""Was it published? A look at the partner is judged by the partner's clock: ours may be wrong."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core import clock
from apps.jobs.actions.replay import replay
from apps.jobs.choices import JobState
from apps.jobs.pump import Pump
from tests.make import bury, make_connection, make_publish, make_tenant, reload
from tests.refreshing import pass_time
from tests.simulator import Simulator

CONTENT: dict[str, dict[str, Any]] = {"gbp": {"format": "update"}}


@pytest.mark.parametrize(
    ("platform", "kind"), [("meta", "page"), ("linkedin", "organization"), ("gbp", "location")]
)
def test_a_post_is_found_although_our_clock_runs_two_hours_ahead(
    committed: None, pump: Pump, simulator: Simulator, platform: str, kind: str
) -> None:
    seeded = simulator.account(platform, kind)
    connection = make_connection(make_tenant()[0], seeded, platform=platform, kind=kind)
    clock.travel(timedelta(hours=2))
    simulator.fault("accept_then_cut", platform=platform, operation="publish")
    job = make_publish(connection, content=CONTENT.get(platform, {"format": "text"}))
    pump.drain()
    doubtful = reload(job).state

    pass_time(simulator, timedelta(minutes=30))
    pump.drain()

    assert doubtful == JobState.VERIFYING
    assert (reload(job).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)


def test_a_replay_looks_for_what_the_job_before_it_sent(
    committed: None, pump: Pump, simulator: Simulator
) -> None:
    seeded = simulator.account("gbp", "location")
    connection = make_connection(make_tenant()[0], seeded, platform="gbp", kind="location")
    simulator.fault("accept_then_cut", platform="gbp", operation="publish")
    job = make_publish(connection, content={"format": "update", "link": "https://cafe.test/menu"})
    pump.drain()
    letter = bury(job)

    anew = replay(letter.pk, tenant=connection.tenant_id, actor="user:alice", at=clock.now())
    pass_time(simulator, timedelta(minutes=40))
    pump.drain()

    assert (reload(anew).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)
