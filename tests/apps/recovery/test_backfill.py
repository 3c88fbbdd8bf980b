"""What waited through a pause goes out in order, is asked about, or is skipped; unasked nothing goes."""

from datetime import timedelta

import pytest

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.jobs.actions.cancel import cancel
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.explain import explain
from apps.jobs.models import Job
from apps.jobs.pump import Pump
from apps.jobs.sweep import sweep
from apps.recovery.actions import operate
from apps.recovery.actions.auto_pause import auto_pause
from apps.recovery.actions.resume import resume
from apps.recovery.catching_up import catching_up
from apps.recovery.choices import Prediction
from apps.recovery.filters import check
from apps.recovery.models import Operation
from apps.recovery.offers import offer_backfill
from apps.recovery.operations.doer import Doer
from apps.recovery.operations.missed import Backfill
from apps.recovery.operations.preview import preview
from apps.recovery.operations.slices import advance
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator

MINUTES_LATE = (50, 40, 30, 20, 300, 200, 3000, 2000)


@pytest.fixture
def cafe(pump: Pump, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Acme's page, stopped: four posts are on time, two late, two very late."""
    monkeypatch.setattr(Doer, "slice", 3)
    connection = make_connection(make_tenant()[0], simulator.account("meta", "page"))
    auto_pause(connection, classify_partner_error("meta", 400, {"error": {"code": 190}}), at=clock.now())
    for minutes in MINUTES_LATE:
        make_publish(connection, f"{minutes} late", due_at=clock.now() - timedelta(minutes=minutes))
    return connection


def states() -> dict[str, str]:
    """Return what became of each post."""
    return {
        job.args["content"]["text"]: job.state for job in Job.objects.across_tenants().filter(kind="publish")
    }


def test_a_catch_up_says_how_far_it_is_until_everything_is_out(cafe: Connection, pump: Pump) -> None:
    seen = []

    def look() -> None:
        found = catching_up(tenant=cafe.tenant_id, at=clock.now())
        seen.extend((one.done, one.going, one.asked, one.skipped) for one in found)

    resume(cafe, actor="user:alice", at=clock.now())
    look()
    claimed = 0
    while not claimed or pump.in_flight:
        claimed += pump.turn(budget=0.01)
        look()
    pump.drain()

    assert seen[0] == (0, 8, 0, 0)  # nobody has looked at them yet
    assert all(done < going for done, going, *_ in seen)
    assert catching_up(tenant=cafe.tenant_id, at=clock.now()) == []


def test_after_one_click_all_have_ended_or_are_asked_about(
    cafe: Connection, pump: Pump, simulator: Simulator
) -> None:
    offer = offer_backfill(cafe, at=clock.now())

    resume(cafe, actor="user:alice", at=clock.now())
    pump.drain()
    sweep()

    assert (offer.publish, offer.ask, offer.skip) == (4, 2, 2)
    assert [row["text"] for row in simulator.ledger(cafe.external_id)] == [
        f"{one} late" for one in (50, 40, 30, 20)
    ]
    assert [states()[f"{one} late"] for one in MINUTES_LATE[4:]] == ["held", "held", "cancelled", "cancelled"]
    assert Operation.objects.for_tenant(cafe.tenant_id).get().counts == {
        "admitted": 4,
        "asked": 2,
        "skipped": 2,
    }


def test_unticked_it_waits_until_somebody_says_so(cafe: Connection, pump: Pump, simulator: Simulator) -> None:
    resume(cafe, actor="user:alice", at=clock.now(), backfill=False)
    pump.drain()
    waiting = Job.objects.for_tenant(cafe.tenant_id).filter(args__content__text="20 late").get()

    assert (simulator.ledger(), explain(waiting, at=clock.now()).blocked_by) == ([], "missed")
    operate.start(
        check("backfill", {"connections": [str(cafe.pk)]}, {}),
        tenant=cafe.tenant_id,
        actor="user:alice",
        at=clock.now(),
    )
    pump.drain()
    assert reload(waiting).state == JobState.SUCCEEDED


def test_a_late_one_goes_out_when_a_person_ticks_it(
    cafe: Connection, pump: Pump, simulator: Simulator
) -> None:
    resume(cafe, actor="user:alice", at=clock.now(), backfill=False)
    sweep()
    late = Job.objects.for_tenant(cafe.tenant_id).get(args__content__text="300 late")
    assert reload(late).held_for == HeldFor.APPROVAL

    asked = check("backfill", {"connections": [str(cafe.pk)]}, {"also": [str(late.pk)]})
    operate.start(asked, tenant=cafe.tenant_id, actor="user:alice", at=clock.now())
    pump.drain()

    assert (reload(late).state, states()["200 late"]) == (JobState.SUCCEEDED, JobState.HELD)


def test_a_dry_run_names_all_three_lists(cafe: Connection) -> None:
    resume(cafe, actor="user:alice", at=clock.now(), backfill=False)

    found = preview(
        check("backfill", {"connections": [str(cafe.pk)]}, {}), tenant=cafe.tenant_id, at=clock.now()
    )

    assert found.counts == {Prediction.PUBLISH: 4, Prediction.LATE_ASK: 2, Prediction.LATE_SKIP: 2}


def test_what_was_cancelled_a_moment_before_is_not_counted_as_let_out(
    cafe: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    resume(cafe, actor="user:alice", at=clock.now(), backfill=False)
    gone = Job.objects.across_tenants().get(args__content__text="20 late")

    def meanwhile(_doer: Backfill, _rows: object) -> None:
        if Job.objects.across_tenants().get(pk=gone.pk).state == JobState.QUEUED:
            cancel(gone.pk, tenant=cafe.tenant_id, actor="user:bob", at=clock.now())

    monkeypatch.setattr(Backfill, "before", meanwhile)
    asked = check("backfill", {"connections": [str(cafe.pk)]}, {})
    operation, _ = operate.start(asked, tenant=cafe.tenant_id, actor="user:alice", at=clock.now())
    monkeypatch.setattr(Doer, "slice", 9)
    work_through(operation)

    counts = Operation.objects.across_tenants().get(pk=operation.pk).counts
    assert counts == {"admitted": 3, "asked": 2, "skipped": 2, "left_alone": 1}


def test_what_was_let_out_and_then_stopped_for_days_is_judged_anew(cafe: Connection, pump: Pump) -> None:
    resume(cafe, actor="user:alice", at=clock.now())
    work_through(Operation.objects.across_tenants().get())
    refused = classify_partner_error("meta", 400, {"error": {"code": 190}})
    auto_pause(Connection.objects.across_tenants().get(), refused, at=clock.now())
    clock.travel(timedelta(days=3))

    resume(Connection.objects.across_tenants().get(), actor="user:alice", at=clock.now())
    for _ in range(2):
        pump.drain()
        sweep()

    assert set(states().values()) == {JobState.CANCELLED}


def work_through(operation: Operation) -> None:
    """Be the bulk worker."""
    while advance(operation.pk, at=clock.now()):
        pass
