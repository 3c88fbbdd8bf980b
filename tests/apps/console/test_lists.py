"""Operations see every tenant, the broken first, and act from the list."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.jobs.actions.hold import hold
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.models import Hold, Job
from apps.jobs.pump import Pump
from apps.recovery.actions.auto_pause import auto_pause
from apps.tenants.models import User
from tests.browsers import signed_in
from tests.make import make_connection, make_job, make_lane, make_publish, make_tenant, reload
from tests.scripted import Script, failure, unknown
from tests.simulator import Simulator


@pytest.fixture
def olga(db: None) -> Client:
    """A member of the operations staff."""
    User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
    return signed_in("olga@reknit.test")


class TestLists:
    @pytest.mark.parametrize(
        "path",
        [
            "",
            "incidents/",
            "connections/connection/",
            "jobs/job/",
            "jobs/deadletter/",
            "jobs/hold/",
            "jobs/lane/",
            "tenants/tenant/",
            "tenants/user/",
            "tenants/membership/",
            "notifications/notice/",
            "notifications/channel/",
            "notifications/channel/add/",
            "webhooks/intake/",
            "webhooks/incomingevent/",
            "webhooks/refusal/",
            "webhooks/signingkeys/",
            "webhooks/erasure/",
            "flags/",
        ],
    )
    def test_open(self, path: str, olga: Client) -> None:
        assert olga.get(f"/admin/{path}").status_code == 200

    def test_a_job_page_says_why_it_waits(self, olga: Client, simulator: Simulator) -> None:
        job = make_publish(make_connection(make_tenant()[0], simulator.account("meta", "page")))

        page = olga.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()

        assert "It is next in its lane." in page

    def test_the_lanes_say_why_they_stand_still_with_one_query_for_all_holds(
        self, olga: Client, django_assert_max_num_queries: Any, script: Script
    ) -> None:
        tenant, _ = make_tenant()
        for number in range(12):
            make_job(tenant, lane=make_lane(tenant, f"connection:{number}"))
        hold(scope="lane:connection:1", reason="ops", sentence="Olga looks at it.", at=clock.now())

        with django_assert_max_num_queries(16):
            page = olga.get("/admin/jobs/lane/").content.decode()

        assert ("Olga looks at it." in page, "It is next." in page) == (True, True)


class TestActions:
    def test_resume_lets_a_stopped_connection_go_on(
        self, pump: Pump, olga: Client, simulator: Simulator
    ) -> None:
        connection = make_connection(make_tenant()[0], simulator.account("meta", "page"))
        auto_pause(connection, classify_partner_error("meta", 400, {"error": {"code": 190}}), at=clock.now())

        plan = olga.post(
            "/admin/connections/connection/",
            {"action": "resume_selected", "_selected_action": [str(connection.pk)]},
        )
        olga.post(plan.url, {"backfill": "on"})
        pump.drain()

        assert Connection.objects.across_tenants().get(pk=connection.pk).status == "active"

    @pytest.mark.parametrize(
        ("action", "state", "posted"), [("it_is_there", "succeeded", 0), ("send_again", "succeeded", 1)]
    )
    def test_an_unconfirmed_post_is_answered(
        self, action: str, state: str, posted: int, pump: Pump, script: Script, olga: Client
    ) -> None:
        script.answers = [unknown()]
        job = make_job(make_tenant()[0], args={"blind": True})
        pump.drain()

        for _ in range(2):
            olga.post("/admin/jobs/job/", {"action": action, "_selected_action": [str(job.pk)]})
        pump.drain()

        assert (reload(job).state, script.posted[job.pk]) == (state, posted)

    def test_what_operations_hold_they_release(self, pump: Pump, script: Script, olga: Client) -> None:
        script.answers = [failure(400, {"error": {"code": 368}})]
        job = make_job(make_tenant()[0])
        pump.drain()
        held = Hold.objects.get(closed_at=None)

        olga.post("/admin/jobs/hold/", {"action": "release_selected", "_selected_action": [str(held.pk)]})
        pump.drain()

        assert (held.scope, reload(job).state) == ("lane:connection:1", JobState.SUCCEEDED)

    @pytest.mark.parametrize(("action", "state"), [("publish_late", "queued"), ("skip_late", "cancelled")])
    def test_a_late_post_is_answered(self, action: str, state: str, olga: Client, committed: None) -> None:
        tenant, _ = make_tenant()
        job = make_job(tenant, kind="delete")
        Job.objects.across_tenants().filter(pk=job.pk).update(state=JobState.HELD, held_for=HeldFor.APPROVAL)

        olga.post("/admin/jobs/job/", {"action": action, "_selected_action": [str(job.pk)]})

        assert reload(job).state == state


class TestHome:
    def test_says_what_waits_for_a_person_and_leads_there(
        self, olga: Client, committed: None, simulator: Simulator
    ) -> None:
        tenant, _ = make_tenant()
        connection = make_connection(tenant, simulator.account("meta", "page"))
        dead = classify_partner_error("meta", 400, {"error": {"code": 190}})
        with transaction.atomic():
            auto_pause(connection, dead, at=clock.now())

        page = olga.get("/admin/")

        (need,) = page.context["needs"]
        assert (need.title, need.count) == ("Stopped connections", 1)
        assert connection.name in olga.get(need.url).content.decode()

    def test_says_when_nothing_does(self, olga: Client) -> None:
        assert "Nothing needs you." in olga.get("/admin/").content.decode()
