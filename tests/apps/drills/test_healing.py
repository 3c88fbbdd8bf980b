"""Drills that heal by themselves, while others work on."""

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from apps.connections import renewal
from apps.connections.models import Credential, EgressRoute
from apps.core import clock
from apps.drills.actions.start import DrillRefused
from apps.drills.scenarios import refresh_race, seen, slow_partner
from apps.jobs.choices import JobState
from apps.jobs.pump import Pump
from apps.publishing.models import Media
from tests.drilling import HELD, begin, ended, go_on, journey, said
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator
from tests.turning import turning


@pytest.mark.parametrize(
    ("name", "way", "more"),
    [
        ("expire_token", "gbp", {"refresh_works": True}),
        ("partner_5xx", "linkedin", {}),
        ("rate_limit_429", "meta", {"rate": 20}),
        ("cut_socket", "gbp", {}),
        ("slow_partner", "tiktok", {}),
    ],
)
def test_what_heals_by_itself_ends_without_staff(
    name: str,
    way: str,
    more: dict[str, Any],
    stage: Simulator,
    pump: Pump,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seen, "SLOW", 80)
    monkeypatch.setattr(slow_partner, "SECONDS", 0.1)
    acme = journey(stage, way)
    globex, _ = make_tenant("Globex", "charlie@globex.test")
    other = make_connection(globex, stage.account("meta", "page"), name="Charlie's page")
    free = make_publish(other, "Not Acme's")

    run = go_on(begin(name, acme.connection, **more), pump, stage, until=ended, by=60)

    assert said(run) == HELD
    assert run.detected_after
    assert run.recovered_after
    assert timedelta(0) <= run.detected_after <= run.recovered_after
    assert (run.numbers["without_staff"], run.numbers["outside_unchanged"]) == (True, True)
    assert (reload(free).state, stage.ledger(acme.connection.external_id)) == (JobState.SUCCEEDED, [])
    assert not Media.objects.for_tenant(run.tenant_id).exists()


def test_access_that_many_want_renewed_is_renewed_once(
    stage: Simulator, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_race, "SECONDS", 0.3)
    acme = journey(stage, "tiktok")
    with pytest.raises(DrillRefused, match="hits every tenant"):
        begin("refresh_race", acme.connection)
    run = begin("refresh_race", acme.connection, house_is_ours=True)

    due = Credential.objects.filter(grant=acme.connection.grant_id)
    rivals = [Pump(f"rival-{number}") for number in range(3)]
    for rival in rivals:
        due.filter(version=EgressRoute.objects.across_tenants().get().version).update(refresh_at=clock.now())
        renewal.renew_due(at=clock.now())
        rival.start()
    with ExitStack() as work:
        for rival in rivals:
            work.enter_context(turning(rival))
        run = go_on(run, pump, stage, until=ended)
    for rival in rivals:
        rival.stop()

    assert (said(run), run.numbers["renewals"], acme.now().status) == (HELD, 1, "active")
