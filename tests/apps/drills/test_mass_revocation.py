"""A drill takes the access of many accounts at once: an incident of its own, which nobody else is drawn into."""

from typing import Any

import pytest
from django.urls import reverse

from apps.connections.models import Connection
from apps.core import clock
from apps.drills.actions.abort import abort
from apps.drills.actions.start import DrillRefused, start
from apps.drills.actions.step import step_all
from apps.drills.choices import Verdict
from apps.events.models import Event
from apps.jobs.models import Hold
from apps.jobs.pump import Pump
from apps.recovery.models import Hit, Incident
from apps.recovery.watch import watch
from apps.tenants.models import User
from tests.browsers import signed_in
from tests.drilling import HELD, begin, ended, go_on, journey, now, said
from tests.following import follow
from tests.make import make_connection, make_publish, make_tenant
from tests.simulator import Simulator


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
