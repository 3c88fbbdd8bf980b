"""Drills from beginning to end, against a real stage: what is broken, noticed, healed and reckoned."""

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from apps.connections import renewal
from apps.connections.choices import ConnectionStatus
from apps.connections.connectors.interface import Answer, Request
from apps.connections.models import Connection, Credential, EgressRoute
from apps.connections.wire import HttpWire
from apps.core import clock
from apps.core.partitions import monday
from apps.drills import letters, outside
from apps.drills.actions.abort import abort
from apps.drills.actions.start import DrillRefused, DrillsOff, start
from apps.drills.actions.step import step_all
from apps.drills.choices import Verdict
from apps.drills.models import DrillRun
from apps.drills.posts import jobs_of
from apps.drills.scenarios import refresh_race, seen, slow_partner
from apps.events.models import Event
from apps.insights import proofs, rollups
from apps.insights.digest import digest
from apps.insights.models import HealthResult, Outage, Rollup
from apps.insights.numbers import Numbers
from apps.jobs.choices import JobState
from apps.jobs.models import Hold, Job
from apps.jobs.pump import Pump
from apps.publishing.models import Media
from apps.recovery.models import Hit, Incident
from apps.recovery.watch import watch
from apps.tenants import flags
from apps.tenants.choices import Flag
from apps.tenants.models import User
from apps.webhooks.inbound import reader
from apps.webhooks.models import IncomingEvent
from tests.browsers import signed_in
from tests.drilling import begin, ended, go_on, journey, mail, now, said, set_up_stage
from tests.following import follow, wait_for_older
from tests.make import make_connection, make_publish, make_tenant, reload
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


@pytest.fixture
def stage(pump: Pump, simulator: Simulator, settings: Any) -> Simulator:
    """The simulator's stage; Acme may drill."""
    return set_up_stage(simulator, settings)


HELD = (Verdict.PASSED, "", 0, 0, [])


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


def test_access_that_many_lose_is_one_incident_of_the_drill_and_nobody_elses(
    stage: Simulator, pump: Pump, settings: Any
) -> None:
    settings.INCIDENT_CONNECTIONS = 3
    acme = journey(stage)
    for number in range(3):
        make_connection(acme.connection.tenant, stage.account("meta", "page"), name=f"Page {number}")
    globex, _ = make_tenant("Globex", "charlie@globex.test")
    other = make_connection(globex, stage.account("meta", "page"), name="Charlie's page")
    run = begin("mass_revocation", acme.connection)

    stage.post("tokens/revoke", platform="meta", user_id=other.grant.external_user_id)
    make_publish(other, "His own trouble")
    run = go_on(run, pump, stage, until=lambda one: one.detected_at, also=watch)
    run = go_on(run, pump, stage, until=ended, also=watch)
    follow()

    incident = Incident.objects.get()
    theirs = Connection.objects.across_tenants().get(pk=other.pk)
    hit = set(Hit.objects.across_tenants().values_list("connection", flat=True))
    assert (said(run), run.numbers["incidents"], run.numbers["incident_ended"]) == (HELD, 1, "over")
    assert (incident.drill, len(run.connections), hit) == (run.key, 3, set(run.connections))
    assert (theirs.status, theirs.pause_reason) == ("revoked", "AUTH_REVOKED")
    assert not Hold.objects.filter(scope__startswith="platform:").exists()
    told = Event.objects.filter(verb__in=["incident.opened", "incident.closed"]).values_list(
        "data__drill", flat=True
    )
    assert list(told) == [run.key] * 2


def test_an_abort_ends_the_incident_of_a_drill_and_a_small_tenant_has_none(
    stage: Simulator, pump: Pump, settings: Any
) -> None:
    acme = journey(stage)
    wanted = {"tenant": acme.connection.tenant_id, "actor": "staff:olga", "at": clock.now()}
    with pytest.raises(DrillRefused, match="10 working connections of 3 sign-ins"):
        start("mass_revocation", connections=[acme.connection.pk], **wanted)
    settings.INCIDENT_CONNECTIONS = 3
    for number in range(2):
        make_connection(acme.connection.tenant, stage.account("meta", "page"), name=f"Page {number}")
    run = begin("mass_revocation", acme.connection)
    run = go_on(run, pump, stage, until=lambda one: one.detected_at, also=watch)

    abort(run.pk, tenant=None, actor="staff:olga", at=clock.now())
    step_all()
    User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
    page = signed_in("olga@reknit.test").get(
        reverse("admin:recovery_incident", args=[Incident.objects.get().pk])
    )

    run = now(run)
    assert b"on the stage of a drill" in page.content
    assert (run.verdict, Incident.objects.get().end) == (Verdict.ABORTED, "drill")
    assert set(run.numbers["brought_back_by_the_drill"]) == {str(one) for one in run.connections}
    assert not Hold.objects.filter(closed_at=None).exists()

    # One that opens while its drill ends goes with the next look.
    late = dict.fromkeys(("first_seen", "opened_at", "stage_at"), clock.now())
    orphan = Incident.objects.create(platform="meta", family="authorisation", drill=run.key, **late)
    watch()
    orphan.refresh_from_db()
    assert (orphan.end, orphan.state) == ("drill", "closed")


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


def test_what_becomes_of_other_peoples_jobs_is_seen(stage: Simulator, pump: Pump) -> None:
    acme = journey(stage)
    globex, _ = make_tenant("Globex", "charlie@globex.test")
    other = make_connection(globex, stage.account("meta", "page"), name="Charlie's page")
    run = begin("partner_5xx", acme.connection)
    post, mine = make_publish(other, "Not Acme's"), make_publish(acme.connection, "Acme's own")
    jobs = Job.objects.across_tenants()

    before = outside.digest(run)
    jobs.filter(pk=mine.pk).update(state=JobState.HELD, held_for="ops")
    same = outside.digest(run)
    jobs.filter(pk=post.pk).update(state=JobState.HELD, held_for="ops")
    held = outside.digest(run)
    jobs.filter(pk=post.pk).update(state=JobState.FAILED, held_for="", finished_at=clock.now())
    failed = outside.digest(run)

    assert (same == before, len({before, held, failed})) == (True, 3)


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


def test_a_route_whose_time_is_over_is_none_and_leaves_a_drill_nothing_to_post_by(
    stage: Simulator, pump: Pump
) -> None:
    acme = journey(stage)
    run = begin("partner_5xx", acme.connection)
    real = make_publish(acme.connection, "A real post", due_at=run.until)

    clock.travel(run.until - clock.now() + timedelta(seconds=1))  # and nobody steps the drill
    pump.drain()

    assert reload(real).state == JobState.SUCCEEDED
    assert {row["text"] for row in stage.ledger(acme.connection.external_id)} == {"A real post"}
    assert {job.error_rule for job in jobs_of(run)} == {"system.drill_over"}


def test_more_waiting_jobs_than_its_cap_end_a_drill(stage: Simulator, pump: Pump) -> None:
    acme = journey(stage)
    run = begin("partner_5xx", acme.connection)
    DrillRun.objects.across_tenants().filter(pk=run.pk).update(cap=3)

    step_all()
    pump.drain()

    run = now(run)
    assert (run.verdict, run.why) == (Verdict.ABORTED, "More than 3 jobs waited or failed.")
    assert not EgressRoute.objects.across_tenants().filter(closed_at=None).exists()


def test_a_stage_that_is_away_is_no_way_to_the_real_partner(
    stage: Simulator, pump: Pump, settings: Any
) -> None:
    acme = journey(stage)
    run = begin("slow_partner", acme.connection)
    EgressRoute.objects.across_tenants().update(base_url="http://127.0.0.1:1")

    pump.drain()

    assert {job.error_code for job in jobs_of(run) if job.tries} == {"NETWORK_ERROR"}
    assert (stage.get("calls")["count"], stage.ledger()) == (0, [])


def test_a_drill_is_refused_in_a_sentence(stage: Simulator, pump: Pump, settings: Any) -> None:
    acme = journey(stage)
    tenant, wanted = acme.connection.tenant_id, {"actor": "staff:olga", "at": clock.now()}
    globex, _ = make_tenant("Globex", "charlie@globex.test")
    page = {"connections": [acme.connection.pk]}

    with pytest.raises(DrillRefused, match="hits every tenant"):
        start("clock_skew", tenant=tenant, **page, **wanted)
    with pytest.raises(DrillsOff):
        start("expire_token", tenant=globex.pk, **page, **wanted)
    flags.switch(tenant=globex.pk, flag=Flag.CHAOS_TESTS, on=True, **wanted)
    with pytest.raises(DrillRefused, match="no such connection"):
        start("expire_token", tenant=globex.pk, **page, **wanted)
    moments = dict.fromkeys(("first_seen", "opened_at", "stage_at"), clock.now())
    incident = Incident.objects.create(platform="meta", family="app", **moments)
    with pytest.raises(DrillRefused, match="end of an incident"):
        start("expire_token", tenant=tenant, **page, **wanted)
    incident.delete()
    settings.STAGE_URL = ""
    with pytest.raises(DrillRefused, match="no stage"):
        start("expire_token", tenant=tenant, **page, **wanted)

    assert not DrillRun.objects.across_tenants().exists()
