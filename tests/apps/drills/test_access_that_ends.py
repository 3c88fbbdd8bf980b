"""A drill takes access away: it is noticed, comes back, and nobody else hears or counts anything of it."""

from datetime import timedelta
from typing import Any

import pytest

from apps.connections.choices import ConnectionStatus
from apps.connections.connectors.interface import Answer, Request
from apps.connections.models import Credential, EgressRoute
from apps.connections.wire import HttpWire
from apps.core import clock
from apps.core.partitions import monday
from apps.drills.actions.abort import abort
from apps.drills.actions.step import step_all
from apps.drills.choices import Verdict
from apps.drills.posts import jobs_of
from apps.insights import proofs, rollups
from apps.insights.digest import digest
from apps.insights.models import HealthResult, Outage, Rollup
from apps.insights.numbers import Numbers
from apps.jobs.choices import JobState
from apps.jobs.pump import Pump
from tests.drilling import HELD, begin, ended, go_on, journey, now, said
from tests.following import follow, wait_for_older
from tests.make import make_publish, reload
from tests.simulator import Simulator
from tests.turning import turning


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Every request that leaves for a partner or a stage."""
    requests: list[Request] = []
    real = HttpWire.send

    async def note(self: HttpWire, request: Request) -> Answer:
        requests.append(request)
        return await real(self, request)

    monkeypatch.setattr(HttpWire, "send", note)
    return requests


def test_access_that_ends_is_held_until_alice_reconnects_and_nothing_meets_the_real_partner(
    stage: Simulator, pump: Pump, sent: list[Request], settings: Any
) -> None:
    acme = journey(stage)
    live = {one.access_token() for one in Credential.objects.all()}
    planned = make_publish(acme.connection, "A real post", due_at=clock.now() + timedelta(seconds=1))
    run = begin("expire_token", acme.connection)

    run = go_on(run, pump, stage, until=lambda one: one.detected_at)
    stopped = (acme.now().status, reload(planned).state)
    meanwhile, sealed = list(sent), EgressRoute.objects.across_tenants().get().tokens
    with turning(pump):
        answer = acme.browser.get(acme.answer(acme.out(backfill="on")))
    run = go_on(run, pump, stage, until=ended)
    pump.drain()

    assert stopped == (ConnectionStatus.ATTENTION, JobState.QUEUED)
    assert (answer.status_code, said(run)) == (302, HELD)
    assert (run.numbers["without_staff"], run.numbers["published"], acme.now().status) == (True, 6, "active")
    assert [row["text"] for row in stage.ledger(acme.connection.external_id)] == ["A real post"]
    staged = [one for one in sent if one.url.startswith(settings.STAGE_URL)]
    live |= {one.access_token() for one in Credential.objects.all()}
    assert (bool(meanwhile), bool(sealed), "simtok" in sealed) == (True, True, False)
    assert [one.url for one in meanwhile if one not in staged] == []
    assert [one.url for one in staged if any(token in repr(one) for token in live)] == []


def test_what_a_stage_answered_is_not_counted_among_what_partners_do(
    stage: Simulator, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "CLOCKS_APART", timedelta(0))
    acme = journey(stage)
    run = begin("expire_token", acme.connection)
    run = go_on(run, pump, stage, until=lambda one: one.detected_at)
    with turning(pump):
        acme.browser.get(acme.answer(acme.out(backfill="on")))
    run = go_on(run, pump, stage, until=ended)
    proven = proofs.by_traffic([acme.connection.pk], since=run.asked_at)
    make_publish(acme.now(), "A real post")
    pump.drain()

    follow()
    for _ in range(2):
        wait_for_older()
        rollups.roll_up(at=clock.now())

    rows = Rollup.objects.for_tenant(run.tenant_id).filter(span="day", platform="meta")
    week = digest(tenant=run.tenant_id, week=monday(clock.now()).date())
    counted = sorted(rows.values_list("outcome", "code", "count"))
    assert (run.numbers["published"], counted) == (6, [("job.succeeded", "", 1), ("success", "", 1)])
    assert (week.this, week.backfilled, week.recoveries, week.errors) == (Numbers(published=1), 0, 0, [])
    assert not HealthResult.objects.across_tenants().exists()
    assert not Outage.objects.across_tenants().exists()
    assert (proven, proofs.by_traffic([acme.connection.pk], since=run.asked_at).keys()) == (
        {},
        {acme.connection.pk},
    )


def test_a_permission_that_is_taken_away_stops_the_account_and_an_abort_brings_it_back(
    stage: Simulator, pump: Pump
) -> None:
    acme = journey(stage)
    run = begin("remove_permission", acme.connection)
    run = go_on(run, pump, stage, until=lambda one: one.detected_at)
    stopped = (acme.now().status, acme.now().pause_reason)

    abort(run.pk, tenant=None, actor="staff:olga", at=clock.now())
    step_all()
    real = make_publish(acme.now(), "A real post")
    pump.drain()

    run = now(run)
    assert stopped == (ConnectionStatus.ATTENTION, "PERMISSION_INSUFFICIENT")
    assert (run.verdict, run.numbers["without_staff"], acme.now().status) == (
        Verdict.ABORTED,
        False,
        "active",
    )
    assert set(jobs_of(run).values_list("state", flat=True)) == {JobState.CANCELLED}
    assert (reload(real).state, len(stage.ledger(acme.connection.external_id))) == (JobState.SUCCEEDED, 1)
    assert EgressRoute.objects.across_tenants().get().tokens == ""
