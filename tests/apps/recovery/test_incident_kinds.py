"""A stopped app, and the same unexpected end of many jobs: held instead of given up. And what operators can do."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.core import clock
from apps.errors.codes import ErrorCode
from apps.events.models import Event
from apps.jobs.choices import JobState
from apps.jobs.models import DeadLetter, Hold, Job
from apps.jobs.sweep import sweep
from apps.recovery.choices import Family, IncidentEnd
from apps.recovery.models import Hit, Incident
from apps.recovery.watch import watch
from apps.tenants.choices import Role
from apps.tenants.models import Membership, User
from tests.browsers import signed_in
from tests.crowd import Crowd, make_crowd

pytestmark = pytest.mark.django_db


def broken(code: ErrorCode):  # type: ignore[no-untyped-def]
    """Answer everything with one code."""
    return lambda _job: code


def posts() -> set[str]:
    """Return the states of the posts."""
    return set(Job.objects.across_tenants().filter(kind="harmless").values_list("state", flat=True))


@pytest.fixture
def refused() -> Crowd:
    """Twelve connections of four tenants in an open incident of refused access."""
    crowd = make_crowd(12, tenants=4)
    crowd.run(0.4, broken(ErrorCode.AUTH_INVALID))
    return crowd


class TestStoppedApp:
    def test_opens_with_the_first_answer_and_holds_the_whole_partner(self) -> None:
        crowd = make_crowd(5, tenants=2)

        crowd.serve(broken(ErrorCode.APP_SUSPENDED), most=1)

        assert Incident.objects.get().family == Family.APP
        assert (crowd.serve(), posts()) == (0, {JobState.QUEUED})
        assert Hold.objects.get(closed_at=None).scope == "platform:meta"

    def test_ends_by_itself_when_a_real_post_gets_through(self) -> None:
        crowd = make_crowd(5, tenants=2)
        crowd.run(3, broken(ErrorCode.APP_SUSPENDED))

        crowd.run(4)

        assert (Incident.objects.get().end, posts()) == (IncidentEnd.OVER, {JobState.SUCCEEDED})


class TestSignature:
    def test_holds_instead_of_giving_up(self) -> None:
        crowd = make_crowd(60, tenants=6)
        crowd.serve(broken(ErrorCode.INVALID_REQUEST), most=20)
        watch()

        crowd.run(3, broken(ErrorCode.INVALID_REQUEST))

        incident = Incident.objects.get()
        assert (incident.family, incident.signature) == (
            Family.SIGNATURE,
            "INVALID_REQUEST made.up.invalid_request",
        )
        assert DeadLetter.objects.across_tenants().count() == 20
        assert Job.objects.across_tenants().filter(kind="harmless", state=JobState.QUEUED).count() == 40

    def test_lets_everything_go_when_it_is_repaired(self) -> None:
        crowd = make_crowd(30, tenants=3)
        crowd.serve(broken(ErrorCode.INTERNAL_ERROR), most=20)
        watch()
        crowd.run(1, broken(ErrorCode.INTERNAL_ERROR))

        crowd.run(5)

        assert Incident.objects.get().end == IncidentEnd.OVER
        assert posts() == {JobState.DEAD, JobState.SUCCEEDED}
        assert DeadLetter.objects.across_tenants().count() == 20


class TestLatePolicy:
    def test_asks_about_what_a_release_frees_too_late(self) -> None:
        crowd = make_crowd(12, tenants=4)
        crowd.run(0.4, broken(ErrorCode.AUTH_INVALID))
        at = clock.now()
        Job.objects.across_tenants().filter(kind="harmless").update(ask_after=at + timedelta(minutes=1))
        crowd.run(2, broken(ErrorCode.AUTH_INVALID))

        crowd.run(4)
        sweep()

        assert (Incident.objects.get().state, posts()) == ("closed", {JobState.HELD})


class TestOperator:
    @pytest.fixture
    def olga(self) -> Client:
        """A member of the operations staff."""
        User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
        return signed_in("olga@reknit.test")

    def test_sees_on_home_what_is_open_and_what_was_tried(self, refused: Crowd, olga: Client) -> None:
        refused.run(2, broken(ErrorCode.AUTH_INVALID))
        incident = Incident.objects.get()

        home, listed, page = (
            olga.get(f"/admin/{path}").content.decode()
            for path in ("", "incidents/", f"incidents/{incident.pk}/")
        )

        assert "One cause over many connections." in home
        assert f"/admin/incidents/{incident.pk}/" in listed
        assert ("12 connections of 4 tenants" in page, "A check" in page) == (True, True)

    @pytest.mark.parametrize(
        ("action", "state", "end"),
        [("release", "releasing", ""), ("close", "closed", "operator"), ("prompt", "closed", "prompted")],
    )
    def test_is_asked_once_and_then_acts(
        self, action: str, state: str, end: str, refused: Crowd, olga: Client
    ) -> None:
        url = f"/admin/incidents/{Incident.objects.get().pk}/"

        asked = olga.post(url, {"action": action})
        before = Incident.objects.get().state
        olga.post(url, {"action": action, "confirm": "yes"})

        incident = Incident.objects.get()
        assert ("No, go back" in asked.content.decode(), before) == (True, "open")
        assert (incident.state, incident.end) == (state, end)
        assert not Hold.objects.filter(reason=incident.reason, closed_at=None).exists()

    def test_can_ask_people_to_reconnect_after_all(self, refused: Crowd, olga: Client) -> None:
        olga.post(f"/admin/incidents/{Incident.objects.get().pk}/", {"action": "prompt", "confirm": "yes"})

        stopped = Connection.objects.across_tenants().filter(status=ConnectionStatus.ATTENTION)
        assert stopped.count() == Hold.objects.filter(reason="connection", closed_at=None).count() == 12

    def test_must_have_the_permission(self, refused: Crowd) -> None:
        User.objects.create_user("vic@reknit.test", is_staff=True)
        url = f"/admin/incidents/{Incident.objects.get().pk}/"

        answer = signed_in("vic@reknit.test").post(url, {"action": "close", "confirm": "yes"})

        assert (answer.status_code, Incident.objects.get().state) == (403, "open")


class TestTenantsBanner:
    def test_says_in_plain_words_that_nothing_needs_to_be_done(self, refused: Crowd) -> None:
        mine = Connection.objects.across_tenants().filter(tenant=refused.connections[0].tenant_id)
        other = Connection.objects.across_tenants().exclude(tenant=refused.connections[0].tenant_id)[0]
        alice = User.objects.create_user("alice@acme.test")
        Membership.objects.create(tenant_id=refused.connections[0].tenant_id, user=alice, role=Role.ADMIN)

        page = signed_in("alice@acme.test").get("/t/tenant-0/").content.decode()

        assert "Facebook has a problem right now." in page
        assert (f"{mine.count()} accounts" in page, "Reconnect Facebook" in page, other.name in page) == (
            True,
            False,
            False,
        )


class TestConcurrency:
    def test_a_hold_of_an_incident_that_closed_meanwhile_is_released(self, refused: Crowd) -> None:
        incident = Incident.objects.get()
        Hit.objects.across_tenants().delete()
        Incident.objects.filter(pk=incident.pk).update(
            state="closed", closed_at=clock.now(), closed_by="user:alice", end="operator"
        )

        watch()

        assert not Hold.objects.filter(reason=incident.reason, closed_at=None).exists()

    def test_the_same_cause_opens_no_second_one_for_what_the_first_dealt_with(self, refused: Crowd) -> None:
        refused.run(5)

        watch()

        assert Event.objects.filter(verb="incident.opened").count() == 1
