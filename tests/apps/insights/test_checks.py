"""What a check says of a connection, asked at partners as strict as the real ones."""

from datetime import timedelta

import pytest

from apps.connections import health
from apps.connections.models import Connection, Credential, Grant
from apps.core import clock
from apps.errors.classification import Scope
from apps.errors.classifier import classify_partner_error
from apps.errors.decide import Decision, Verb
from apps.errors.outcome import Outcome, Usage, Verdict
from apps.events.models import Cursor, Event
from apps.insights import proofs
from apps.insights.models import ConnectionHealth, HealthResult, Outage
from apps.jobs.models import Job
from apps.jobs.pump import Pump
from apps.recovery.actions.auto_pause import auto_pause
from apps.recovery.actions.check_now import check_now
from apps.recovery.actions.resume import resume
from tests.crowd import make_crowd
from tests.following import follow
from tests.make import make_connection, make_publish, make_tenant
from tests.simulator import Simulator

DEAD = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 460}})
GONE = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 458}})


@pytest.mark.parametrize(("platform", "kind"), [("meta", "page"), ("linkedin", "organization")])
def test_tells_that_a_permission_is_gone_and_then_that_the_access_is(
    platform: str, kind: str, simulator: Simulator, pump: Pump
) -> None:
    account = simulator.account(platform, kind)
    connection = make_connection(make_tenant()[0], account, platform=platform, kind=kind)
    make_publish(connection)
    pump.drain()
    found = []

    for step in ("as it was", "one permission less", "none"):
        if step == "one permission less":
            grant = Credential.objects.get(grant=connection.grant_id, connection=None)
            Credential.objects.filter(pk=grant.pk).update(scopes=[*grant.scopes, "once_granted"])
        if step == "none":
            simulator.post("tokens/revoke", platform=platform, user_id=account["user_id"])
        connection.refresh_from_db()
        check_now(connection, actor="staff:olga", at=clock.now())
        pump.drain()
        follow()
        row = HealthResult.objects.across_tenants().order_by("-id")[0]
        found.append((row.status, row.warnings))
        assert row.latency_ms is not None

    connection.refresh_from_db()
    assert found == [("healthy", []), ("warning", ["permissions_shrank"]), ("critical", [])]
    assert connection.status != "active"
    assert ConnectionHealth.objects.across_tenants().get().status == "critical"
    assert Outage.objects.across_tenants().get(ended_at=None).platform == platform
    assert proofs.by_traffic([connection.pk], since=clock.now() - timedelta(hours=3))


@pytest.mark.django_db
class TestWarnings:
    def test_come_before_the_access_ends_and_when_a_limit_is_nearly_gone(self) -> None:
        crowd, at = make_crowd(1, tenants=1), clock.now()
        job = Job.objects.across_tenants().get()
        Grant.objects.across_tenants().update(authorised_until=at + timedelta(days=6))
        nearly = Outcome(verdict=Verdict.SUCCESS, usage=(Usage(Scope.CONNECTION, 0.93),))

        health.note(job, nearly, Decision(Verb.SUCCEED), at)

        told = Event.objects.get(verb="connection.checked").data
        assert (told["status"], told["warnings"]) == ("warning", ["authorisation_ends", "quota_nearly_gone"])
        assert Connection.objects.across_tenants().get(pk=crowd.pks[0]).last_health_check == at


@pytest.mark.django_db(transaction=True)
class TestOutages:
    def test_last_from_the_pause_until_it_publishes_again_however_often_it_is_told(self) -> None:
        crowd = make_crowd(1, tenants=1)
        for refusal in (DEAD, GONE):
            auto_pause(crowd.connections[0], refusal, at=clock.now())
        clock.travel(timedelta(hours=4))
        stopped = Connection.objects.across_tenants().get()
        resume(stopped, actor="staff:olga", at=clock.now())

        follow()
        Cursor.objects.update(cursor="")
        follow()

        outage = Outage.objects.across_tenants().get()
        assert (outage.end, outage.code) == ("resumed", DEAD.code)
        assert outage.ended_at - outage.began_at >= timedelta(hours=4)  # type: ignore[operator]
        clock.reset()
