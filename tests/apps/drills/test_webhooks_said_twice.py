"""A drill lets the partner tell the same several times, and then something older."""

import pytest

from apps.core import clock
from apps.drills import letters
from apps.drills.actions.start import DrillRefused, start
from apps.events.models import Event
from apps.jobs.pump import Pump
from apps.webhooks.inbound import reader
from apps.webhooks.models import IncomingEvent
from tests.drilling import HELD, begin, ended, go_on, journey, mail, said
from tests.make import make_connection, make_tenant
from tests.simulator import Simulator
from tests.turning import turning


def test_what_a_partner_says_again_counts_once_and_stops_nobody_who_came_back(
    stage: Simulator, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "bring", mail)
    acme = journey(stage, "tiktok")
    run = begin("duplicate_webhook", acme.connection)

    run = go_on(run, pump, stage, until=lambda one: one.detected_at, also=reader.read_new)
    stopped = acme.now().status
    with turning(pump):
        acme.browser.get(acme.answer(acme.out(backfill="on")))
    run = go_on(run, pump, stage, until=ended, also=reader.read_new)

    heard = Event.objects.filter(verb__in=["webhook.told", "connection.revoked"]).values_list(
        "verb", flat=True
    )
    assert (stopped, sorted(heard)) == ("revoked", ["connection.revoked", "webhook.told"])
    assert (said(run), run.numbers["said"], run.numbers["acted_on"]) == (HELD, 9, 1)
    assert sorted(IncomingEvent.objects.values_list("ending", flat=True)) == ["done", "old"]
    assert (acme.now().status, run.numbers["without_staff"]) == ("active", True)


def test_what_nobody_signs_or_what_concerns_others_is_no_drill_of_webhooks(
    stage: Simulator, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "bring", mail)
    acme = journey(stage, "mailchimp")
    run = go_on(begin("duplicate_webhook", acme.connection), pump, stage, until=ended, also=reader.read_new)

    wanted = {"tenant": acme.connection.tenant_id, "actor": "staff:olga", "at": clock.now()}
    place = stage.account("gbp", "location")
    google = make_connection(acme.connection.tenant, place, platform="gbp", kind="location")
    page = make_connection(acme.connection.tenant, stage.account("meta", "page", user="1000000007"))
    globex, _ = make_tenant("Globex", "charlie@globex.test")
    make_connection(globex, stage.account("meta", "page", user="1000000007"), name="Charlie's page")
    refused = []
    for one in (google, page):
        with pytest.raises(DrillRefused) as why:
            start("duplicate_webhook", connections=[one.pk], **wanted)
        refused.append(why.value.detail[:35])

    assert (said(run), run.numbers["acted_on"]) == (HELD, 2)
    assert refused == ["Google seals what it tells with a k", "Whoever authorised it serves others"]
