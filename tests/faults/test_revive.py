"""Whoever brings back a job that may be out looks first: a stop, operations, a replay."""

from datetime import timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.actions.answer import SEND_AGAIN, answer
from apps.jobs.actions.replay import MayBeOut, replay
from apps.jobs.choices import DeadLetterReason, HeldFor, JobState
from apps.jobs.models import DeadLetter, Job
from apps.jobs.pump import Pump
from apps.publishing.jobs import Publish
from apps.recovery.actions import operate
from apps.recovery.actions.edit import edit_and_replay
from apps.recovery.choices import Prediction
from apps.recovery.filters import check
from apps.recovery.operations.preview import preview
from tests.make import bury, make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator


@pytest.fixture
def page(committed: None, simulator: Simulator) -> Connection:
    """Acme's page."""
    return make_connection(make_tenant()[0], simulator.account("meta", "page"))


def work_on(pump: Pump) -> None:
    """Let the looks have their time."""
    for _ in range(4):
        clock.travel(timedelta(seconds=40))
        pump.drain()


def test_a_stop_that_cuts_a_call_off_leaves_a_job_that_is_looked_for(
    page: Connection, pump: Pump, simulator: Simulator
) -> None:
    simulator.fault("accept_then_hang", platform="meta", operation="publish", seconds=30)
    job = make_publish(page)
    stopped = Pump("stopped")
    stopped.start()
    while not simulator.ledger():
        stopped.turn(budget=0.2)

    assert stopped.stop(within=0.2)

    assert (reload(job).state, reload(job).crashes) == (JobState.VERIFYING, 0)
    work_on(pump)
    assert (reload(job).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)


def test_what_our_own_code_could_not_digest_is_looked_for_when_operations_let_it_go(
    page: Connection, pump: Pump, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("a defect of ours")

    monkeypatch.setattr(Publish, "settled", broken)
    job = make_publish(page)
    pump.drain()
    assert (reload(job).state, reload(job).held_for) == (JobState.HELD, HeldFor.OPS)
    monkeypatch.undo()

    answer(job.pk, SEND_AGAIN, tenant=page.tenant_id, actor="staff:olga", at=clock.now())
    pump.drain()

    assert (reload(job).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)


def dead(job: Job) -> DeadLetter:
    """Turn a job that may be out into a dead letter."""
    at = clock.now()
    Job.objects.across_tenants().filter(pk=job.pk).update(
        state=JobState.DEAD, held_for="", finished_at=at, unknown_since=at, sent_at=at
    )
    return DeadLetter.objects.create(
        job=job,
        tenant_id=job.tenant_id,
        connection=job.connection,
        platform=job.platform,
        kind=job.kind,
        payload=job.args,
        reason=DeadLetterReason.MAX_RETRIES,
        error_code="PARTNER_5XX",
        retries=8,
        first_attempt_at=at,
        last_attempt_at=at,
        created_at=at,
    )


def test_a_replay_of_what_is_out_finds_it(page: Connection, pump: Pump, simulator: Simulator) -> None:
    simulator.fault("accept_then_cut", platform="meta", operation="publish")
    job = make_publish(page)
    pump.drain()

    again = replay(dead(job).pk, tenant=page.tenant_id, actor="staff:olga", at=clock.now())
    pump.drain()

    assert (reload(again).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)


def test_a_replay_where_nobody_can_look_asks(pump: Pump, simulator: Simulator) -> None:
    seeded = simulator.account("linkedin", "member")
    member = make_connection(make_tenant()[0], seeded, platform="linkedin", kind="member")
    simulator.fault("accept_then_cut", platform="linkedin", operation="publish")
    job = make_publish(member)
    pump.drain()

    again = replay(dead(job).pk, tenant=member.tenant_id, actor="staff:olga", at=clock.now())
    pump.drain()

    assert (reload(again).held_for, len(simulator.ledger())) == (HeldFor.UNCONFIRMED, 1)


def test_what_an_older_version_buried_past_its_commit_point_is_looked_for(
    page: Connection, pump: Pump, simulator: Simulator
) -> None:
    job = make_publish(page)
    pump.drain()
    posted, letter = reload(job).remote_id, bury(job)
    asked = check("replay", {"ids": [str(letter.pk)]}, {})

    seen = preview(asked, tenant=page.tenant_id, at=clock.now())
    operate.start(asked, tenant=page.tenant_id, actor="user:alice", at=clock.now())
    pump.drain()

    again = Job.objects.for_tenant(page.tenant_id).get(parent=job.pk)
    assert seen.counts == {Prediction.VERIFY_FIRST: 1}
    assert (again.state, again.remote_id, len(simulator.ledger())) == (JobState.SUCCEEDED, posted, 1)


def test_what_was_buried_past_its_commit_point_is_not_edited(page: Connection, pump: Pump) -> None:
    letter = bury(job := make_publish(page))
    Job.objects.across_tenants().filter(pk=job.pk).update(committed_at=clock.now())

    with pytest.raises(MayBeOut):
        edit_and_replay(
            letter.pk, {"format": "text", "text": "Winter"}, tenant=page.tenant_id, actor="x", at=clock.now()
        )
