"""What operations are told: one cause once, and nothing of last month."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction

from apps.connections.models import Connection
from apps.core import clock
from apps.events import log, verbs
from apps.jobs.owners import Finding
from apps.jobs.pump import Pump
from apps.notifications.actions import channels
from apps.notifications.choices import ChannelKind
from apps.recovery.actions.auto_pause import pause_after
from apps.tenants import flags
from apps.tenants.choices import Flag
from apps.tenants.models import Tenant
from tests.make import make_job, make_lane, make_publish
from tests.scripted import Script, failure
from tests.telling import DEAD, after, found


class TestOperations:
    @pytest.fixture(autouse=True)
    def _olga(self, acme: Tenant) -> None:
        """Olga reads what operations are told."""
        channels.add_way_to_operations(
            kind=ChannelKind.EMAIL,
            name="Olga",
            address="olga@reknit.test",
            actor="staff:olga",
            at=clock.now(),
        )

    def test_hear_of_an_incident_once_and_of_its_end_once(self, pump: Pump) -> None:
        for verb in ("incident.opened", "incident.closed"):
            if verb not in verbs.VERBS.names():
                verbs.declare(verb, "For this test.")
            for _ in range(2):
                with transaction.atomic():
                    data = {
                        "platform": "meta",
                        "family": "availability",
                        "tenants": 3,
                        "connections": 12,
                        "seconds": 130,
                    }
                    at = clock.now()
                    log.record(
                        verb, tenant=None, subject="incident:1", actor="system:incident", at=at, data=data
                    )

        subjects = after(timedelta(0), pump)

        assert subjects == ["Facebook does not answer as it should", "Facebook answers again"]
        assert "Concerned: 3 tenants, 12 connections." in str(mail.outbox[0].body)
        assert "It took 2 minutes." in str(mail.outbox[1].body)

    def test_hear_of_a_critical_error_once_however_many_jobs_meet_it(
        self, acme: Tenant, pump: Pump, script: Script
    ) -> None:
        script.answers = [failure(400, {"error": {"code": 3}}), failure(400, {"error": {"code": 3}})]
        for name in ("connection:1", "connection:2"):
            make_job(acme, lane=make_lane(acme, name))
        pump.drain()

        subjects = after(timedelta(0), pump)

        assert subjects == ["Facebook stopped our app"]  # the incident says it all
        assert [one.to for one in mail.outbox] == [["olga@reknit.test"]]

    def test_hear_of_an_access_that_ended_where_auto_pause_is_off(
        self, acme: Tenant, pages: list[Connection], pump: Pump
    ) -> None:
        off = {"tenant": acme.pk, "flag": Flag.RECOVERY_AUTOPAUSE, "on": False}
        flags.switch(**off, actor="staff:olga", at=clock.now())
        job = make_publish(pages[0])
        for _ in range(2):
            pause_after([Finding(job, found(DEAD), None)], at=clock.now())

        assert after(timedelta(0), pump) == ["Harbour Cafe lost its access, and auto-pause is off"]
        assert "The posts of Harbour Cafe are held." in str(mail.outbox[0].body)

    def test_hear_no_alarm_of_last_month(self, acme: Tenant, pump: Pump) -> None:
        with transaction.atomic():
            log.record(
                "error.critical",
                tenant=None,
                subject="job:1",
                actor="system:engine",
                at=clock.now() - timedelta(days=30),
                data={"platform": "meta", "code": "APP_SUSPENDED"},
            )

        assert after(timedelta(0), pump) == []
