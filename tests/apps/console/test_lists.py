"""Operations see every tenant, the broken first, and act from the list."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.connections.models import Connection
from apps.console.home import Need
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.events import log
from apps.events.models import Cursor
from apps.jobs import counts, liveness
from apps.jobs.actions.hold import hold
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.models import DeadLetter, Hold, Job, Tick
from apps.jobs.pump import Pump
from apps.recovery.actions.auto_pause import auto_pause
from apps.tenants.models import User
from tests.browsers import signed_in
from tests.make import make_connection, make_job, make_lane, make_letter, make_publish, make_tenant, reload
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
            "events/event/",
            "recovery/operation/",
            "paused/",
            "letters/",
            "questions/",
            "questions/?for=ops",
            "find/",
            "runbooks/incident-recovery/",
            "tenants/tenant/",
            "tenants/user/",
            "tenants/membership/",
            "notifications/notice/",
            "notifications/channel/",
            "notifications/channel/add/",
            "webhooks/endpoint/",
            "webhooks/delivery/",
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

        page = olga.get(f"/admin/jobs/job/{job.pk}/change/", follow=True).content.decode()

        assert "It is next in its lane." in page

    def test_a_job_page_tells_what_happened_to_it_and_leads_to_its_dead_letter(
        self, olga: Client, script: Script, simulator: Simulator
    ) -> None:
        tenant, _ = make_tenant()
        cafe = make_connection(tenant, simulator.account("meta", "page"))
        letter = make_letter(tenant)
        job, other = letter.job, make_publish(cafe)
        Job.objects.across_tenants().filter(pk=job.pk).update(connection=cafe.pk)
        for one in (job, other):
            told = {"tenant": tenant.pk, "actor": "system:engine", "at": clock.now()}
            log.record("job.held", subject=f"connection:{cafe.pk}", data={"job": str(one.pk)}, **told)

        page = olga.get(f"/admin/job/{job.pk}/")

        assert [(one.event.verb, one.job) for one in page.context["events"]] == [("job.held", str(job.pk))]
        assert f'<a class="act main" href="/admin/letters/{letter.pk}/">' in page.content.decode()

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


def press(olga: Client, path: str, action: str, row: Any) -> None:
    """Tick a row, choose an action and confirm it."""
    chosen = {"action": action, "_selected_action": [str(row.pk)], "confirm": "yes"}
    olga.post(f"/admin/{path}/", chosen)


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
            press(olga, "jobs/job", action, job)
        pump.drain()

        assert (reload(job).state, script.posted[job.pk]) == (state, posted)

    def test_what_operations_hold_they_release(self, pump: Pump, script: Script, olga: Client) -> None:
        script.answers = [failure(400, {"error": {"code": 368}})]
        job = make_job(make_tenant()[0])
        pump.drain()
        held = Hold.objects.get(closed_at=None)

        press(olga, "jobs/hold", "release_selected", held)
        pump.drain()

        assert (held.scope, reload(job).state) == ("lane:connection:1", JobState.SUCCEEDED)

    @pytest.mark.parametrize(("action", "state"), [("publish_late", "queued"), ("skip_late", "cancelled")])
    def test_a_late_post_is_answered(self, action: str, state: str, olga: Client, committed: None) -> None:
        tenant, _ = make_tenant()
        job = make_job(tenant, kind="delete")
        Job.objects.across_tenants().filter(pk=job.pk).update(state=JobState.HELD, held_for=HeldFor.APPROVAL)

        press(olga, "jobs/job", action, job)

        assert reload(job).state == state

    def test_nothing_is_answered_before_it_is_confirmed(self, olga: Client, committed: None) -> None:
        job = make_job(make_tenant()[0], kind="delete")
        Job.objects.across_tenants().filter(pk=job.pk).update(state=JobState.HELD, held_for=HeldFor.APPROVAL)

        asked = olga.post(
            "/admin/jobs/job/", {"action": "publish_late", "_selected_action": [str(job.pk)]}
        ).content.decode()

        assert "These go out although they are late." in asked
        assert (reload(job).state, "Yes, do it to 1" in asked) == (JobState.HELD, True)


@pytest.fixture
def running(db: None) -> None:
    """Every sort of worker has just shown itself, and so has beat."""
    for sort in liveness.SORTS:
        liveness.show(sort)
    Tick.objects.create(name="jobs.sweep", at=clock.real_now())


def needs(olga: Client) -> dict[str, Need]:
    """Return what Home asks for, by its title."""
    return {need.title: need for need in olga.get("/admin/").context["facts"].needs}


class TestHome:
    def test_says_what_waits_for_a_person_and_leads_there(
        self, olga: Client, committed: None, simulator: Simulator
    ) -> None:
        tenant, _ = make_tenant()
        connection = make_connection(tenant, simulator.account("meta", "page"))
        dead = classify_partner_error("meta", 400, {"error": {"code": 190}})
        with transaction.atomic():
            auto_pause(connection, dead, at=clock.now())

        need = needs(olga)["Stopped connections"]

        assert (need.count, need.since) == (1, Connection.objects.across_tenants().get().paused_at)
        assert connection.name in olga.get(need.url).content.decode()

    def test_what_a_partner_refuses_is_brought_back_by_its_people_and_what_we_stopped_by_us(
        self, olga: Client, simulator: Simulator
    ) -> None:
        cafe = make_connection(make_tenant()[0], simulator.account("meta", "page"))
        auto_pause(cafe, classify_partner_error("meta", 400, {"error": {"code": 190}}), at=clock.now())
        (refused,) = needs(olga)["Stopped connections"].causes
        Connection.objects.across_tenants().update(status="paused", pause_reason="", paused_by="ops")
        (stopped,) = needs(olga)["Stopped connections"].causes

        planned = [olga.get(one.act_url).context["found"].total for one in (refused, stopped)]

        assert [refused.act, stopped.act] == ["Ask to reconnect...", "Resume..."]
        assert planned[1] == 1

    def test_says_when_nothing_does(self, olga: Client, running: None) -> None:
        assert "Nothing needs you." in olga.get("/admin/").content.decode()

    def test_says_which_part_of_the_house_stands_still(self, olga: Client, running: None) -> None:
        Cursor.objects.create(name="incidents", trouble="KeyError: 'code'")
        Tick.objects.filter(name="worker:bulk").delete()

        (need,) = needs(olga).values()

        assert [cause.words.partition(":")[0] for cause in need.causes] == [
            "No bulk worker runs",
            "Incidents reads the event log no further",
        ]

    def test_each_number_is_the_length_of_the_list_behind_it(self, olga: Client, script: Script) -> None:
        tenant, _ = make_tenant()
        for number in range(3):
            make_letter(tenant, lane=make_lane(tenant, f"connection:{number}"))
        other = make_letter(tenant, lane=make_lane(tenant, "connection:9"))
        DeadLetter.objects.across_tenants().filter(pk=other.pk).update(error_code="UNKNOWN")

        causes = needs(olga)["Dead letters"].causes

        shown = {cause.code: len(olga.get(cause.url).context["cl"].result_list) for cause in causes}
        planned = {cause.code: olga.get(cause.act_url).context["found"].total for cause in causes}
        assert {cause.code: cause.count for cause in causes} == shown == planned
        assert shown == {"PARTNER_5XX": 3, "UNKNOWN": 1}

    def test_counts_up_to_a_bound_and_says_so(
        self, olga: Client, script: Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(counts, "MOST", 2)
        monkeypatch.setattr(counts, "MOST_OF_A_CAUSE", 1)
        tenant, _ = make_tenant()
        for number in range(3):
            make_letter(tenant, lane=make_lane(tenant, f"connection:{number}"))

        need = needs(olga)["Dead letters"]

        assert (need.shown, [cause.shown for cause in need.causes]) == ("2+", ["1+"])
        assert '<span class="count">2+</span>' in olga.get("/admin/").content.decode()

    def test_is_asked_for_again_and_again_without_being_sent_again(
        self, olga: Client, running: None, script: Script
    ) -> None:
        first = olga.get("/admin/now/")
        same = olga.get("/admin/now/", headers={"If-None-Match": first["ETag"]})
        make_letter(make_tenant()[0])
        other = olga.get("/admin/now/", headers={"If-None-Match": first["ETag"]})

        assert [answer.status_code for answer in (first, same, other)] == [200, 304, 200]
        assert (same.content, b"Dead letters" in other.content) == (b"", True)

    def test_counts_what_went_out_lately(self, pump: Pump, olga: Client, simulator: Simulator) -> None:
        make_publish(make_connection(make_tenant()[0], simulator.account("meta", "page")))
        pump.drain()

        (row,) = olga.get("/admin/").context["facts"].health.rows

        assert (row.platform, row.works, row.published, row.failed, row.success) == (
            "meta",
            1,
            1,
            0,
            "100.0 %",
        )
        assert (row.flow.calls > 0, row.error_rate, row.bars[-1].height) == (True, "0.0 %", 24)
