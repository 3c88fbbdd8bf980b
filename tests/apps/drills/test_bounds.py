"""What a drill must never do, and what ends or refuses it."""

from datetime import timedelta
from typing import Any

import pytest

from apps.connections.models import EgressRoute
from apps.core import clock
from apps.drills import outside
from apps.drills.actions.start import DrillRefused, DrillsOff, start
from apps.drills.actions.step import step_all
from apps.drills.choices import Verdict
from apps.drills.models import DrillRun
from apps.drills.posts import jobs_of
from apps.jobs.choices import JobState
from apps.jobs.models import Job
from apps.jobs.pump import Pump
from apps.recovery.models import Incident
from apps.tenants import flags
from apps.tenants.choices import Flag
from tests.drilling import begin, journey, now
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator


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


def test_more_waiting_jobs_than_its_cap_end_a_drill(stage: Simulator, pump: Pump) -> None:
    acme = journey(stage)
    run = begin("partner_5xx", acme.connection)
    DrillRun.objects.across_tenants().filter(pk=run.pk).update(cap=3)

    step_all()
    pump.drain()

    run = now(run)
    assert (run.verdict, run.why) == (Verdict.ABORTED, "More than 3 jobs waited or failed.")
    assert not EgressRoute.objects.across_tenants().filter(closed_at=None).exists()


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


def test_a_stage_that_is_away_is_no_way_to_the_real_partner(
    stage: Simulator, pump: Pump, settings: Any
) -> None:
    acme = journey(stage)
    run = begin("slow_partner", acme.connection)
    EgressRoute.objects.across_tenants().update(base_url="http://127.0.0.1:1")

    pump.drain()

    assert {job.error_code for job in jobs_of(run) if job.tries} == {"NETWORK_ERROR"}
    assert (stage.get("calls")["count"], stage.ledger()) == (0, [])
