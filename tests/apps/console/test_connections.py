"""What operators do to one connection: asked once, then done, with who did it; and who may."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client

from apps.connections.models import Connection
from apps.console.staff import ACTS, ensure_groups
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.events import log
from apps.events.models import Event
from apps.jobs.actions.cancel import cancel
from apps.jobs.models import Job, LaneBreaker
from apps.jobs.pump import Pump
from apps.notifications.models import Notice
from apps.recovery.actions.auto_pause import auto_pause
from apps.recovery.models import Prompt
from apps.tenants.models import Tenant, User
from tests.browsers import signed_in
from tests.make import make_connection, make_publish, make_tenant
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
DEAD = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 460}})
BUTTONS = {"Pause", "Resume", "Check now", "Disconnect", "Send the reconnect prompt now"}


@pytest.fixture
def acme() -> Tenant:
    """Alice's team."""
    return make_tenant()[0]


@pytest.fixture
def cafe(acme: Tenant, simulator: Simulator) -> Connection:
    """Acme's page, which works."""
    return make_connection(acme, simulator.account("meta", "page"), name="Harbour Cafe")


def staff(group: str) -> Client:
    """A member of the operations staff, of one group."""
    user = User.objects.create_user(f"{group}@reknit.test", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return signed_in(user.email)


@pytest.fixture
def olga() -> Client:
    """An operator."""
    return staff("operator")


def press(browser: Client, connection: Connection, action: str, **form: Any) -> Any:
    """Press a button and confirm."""
    url = f"/admin/connection/{connection.pk}/"
    assert b"No, go back" in browser.post(url, {"action": action}).content
    return browser.post(url, {"action": action, "confirm": "yes", **form}, follow=True)


def now(connection: Connection) -> Connection:
    """Read it again."""
    return Connection.objects.across_tenants().get(pk=connection.pk)


def done(verb: str) -> list[str]:
    """Return who did this, as the log has it."""
    actors = Event.objects.filter(verb=verb).values_list("actor", flat=True)
    return [actor.partition(":")[0] for actor in actors]


def labels(page: Any) -> set[str]:
    """Return the buttons that a page shows."""
    return {label for label in BUTTONS if f">{label}</button>" in page.content.decode()}


class TestButtons:
    def test_pause_with_its_reason_and_resume(self, cafe: Connection, olga: Client) -> None:
        press(olga, cafe, "pause", why="The logo is being changed.")
        paused = now(cafe)
        press(olga, cafe, "resume", backfill="on")

        assert (paused.status, paused.paused_by, now(cafe).status) == ("paused", "ops", "active")
        assert paused.pause_detail == "The logo is being changed."
        assert (done("connection.paused"), done("connection.resumed")) == (["staff"], ["staff"])

    def test_ask_before_anything_happens(self, cafe: Connection, olga: Client) -> None:
        olga.post(f"/admin/connection/{cafe.pk}/", {"action": "disconnect"})

        assert now(cafe).status == "active"

    def test_want_the_reason_of_a_pause(self, cafe: Connection, olga: Client) -> None:
        answer = olga.post(f"/admin/connection/{cafe.pk}/", {"action": "pause", "confirm": "yes"})

        assert (answer.status_code, now(cafe).status) == (422, "active")
        assert b"This field is required" in answer.content

    def test_check_now_once_however_often_it_is_pressed(self, cafe: Connection, olga: Client) -> None:
        press(olga, cafe, "check")
        again = press(olga, cafe, "check")

        assert Job.objects.across_tenants().filter(kind="health_check").count() == 1
        assert b"It is being checked already" in again.content
        assert done("connection.check_ordered") == ["staff"]

    def test_disconnect_and_cancel_what_was_planned(self, cafe: Connection, olga: Client) -> None:
        make_publish(cafe)

        page = press(olga, cafe, "disconnect")

        assert now(cafe).status == "inactive"
        assert b"1 planned post cancelled" in page.content
        assert done("connection.disconnected") == ["staff"]

    def test_say_in_words_that_somebody_was_first(self, cafe: Connection, olga: Client) -> None:
        press(olga, cafe, "pause", why="First.")

        answer = press(olga, cafe, "pause", why="Second.")

        assert b"This connection does not publish now" in answer.content


class TestPrompt:
    @pytest.fixture
    def stopped(self, cafe: Connection) -> Connection:
        """Its password was changed."""
        auto_pause(cafe, DEAD, at=clock.now())
        return cafe

    def test_is_sent_at_once_and_only_once(
        self, pump: Pump, stopped: Connection, olga: Client, settings: Any
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

        first = press(olga, stopped, "prompt")
        again = press(olga, stopped, "prompt")
        pump.drain()

        assert [one.to for one in mail.outbox] == [["alice@acme.test"]]
        assert b"On its way to alice@acme.test." in first.content
        assert b"Its people were asked already" in again.content
        assert done("connection.prompted") == ["staff"]

    def test_takes_the_place_of_the_one_that_would_come_by_itself(
        self, stopped: Connection, olga: Client
    ) -> None:
        press(olga, stopped, "prompt")

        prompt = Prompt.objects.across_tenants().get()
        assert (prompt.told, prompt.next_at and (prompt.next_at - prompt.since).days) == (1, 3)
        assert Notice.objects.across_tenants().count() == 1

    def test_is_not_for_what_operations_stopped(self, cafe: Connection, olga: Client) -> None:
        press(olga, cafe, "pause", why="The logo is being changed.")

        answer = press(olga, cafe, "prompt")

        assert b"A reconnect would not help here" in answer.content
        assert not Notice.objects.across_tenants().exists()


class TestWhoMay:
    @pytest.mark.parametrize(
        ("group", "shown"),
        [("viewer", set()), ("operator", BUTTONS - {"Pause"}), ("admin", BUTTONS - {"Pause"})],
    )
    def test_sees_the_buttons_of_their_group(self, group: str, shown: set[str], cafe: Connection) -> None:
        auto_pause(cafe, DEAD, at=clock.now())

        page = staff(group).get(f"/admin/connection/{cafe.pk}/")

        assert (page.status_code, labels(page)) == (200, shown)

    @pytest.mark.parametrize("action", ["pause", "resume", "check", "disconnect", "prompt"])
    def test_a_viewer_may_press_none(self, action: str, cafe: Connection) -> None:
        answer = staff("viewer").post(
            f"/admin/connection/{cafe.pk}/", {"action": action, "confirm": "yes", "why": "x"}
        )

        assert (answer.status_code, now(cafe).status) == (403, "active")

    def test_groups_hold_what_they_say(self) -> None:
        ensure_groups()
        viewer, operator, admin = (
            User.objects.create_user(f"{name}@reknit.test", is_staff=True)
            for name in ("viewer", "operator", "admin")
        )
        for user in (viewer, operator, admin):
            user.groups.add(Group.objects.get(name=user.email.partition("@")[0]))

        assert not any(viewer.has_perm(one) for one in ACTS)
        assert all(operator.has_perm(one) for one in ACTS)
        assert all(one.has_perm("recovery.view_incident") for one in (viewer, operator, admin))
        assert (operator.has_perm("tenants.change_tenant"), admin.has_perm("tenants.change_tenant")) == (
            False,
            True,
        )


class TestThePage:
    def test_tells_why_the_lane_stands_what_broke_it_and_what_may_still_be_called(
        self, cafe: Connection, olga: Client
    ) -> None:
        now = clock.now()
        job = make_publish(cafe, due_at=now + timedelta(days=1))
        LaneBreaker.objects.create(lane=job.lane, until=now + timedelta(minutes=5), since=now)

        page = olga.get(f"/admin/connection/{cafe.pk}/").content.decode()

        assert "Nothing is due before its time." in page
        assert "Open until" in page
        assert re.search(r"<td[^>]*>calls of any sort</td><td[^>]*>\d+ of \d+</td>", page)

    def test_looks_back_to_any_moment_and_tells_of_its_posts_as_well(
        self, cafe: Connection, olga: Client
    ) -> None:
        job = make_publish(cafe)
        press(olga, cafe, "pause", why="The shop moves")
        between = clock.now()
        clock.travel(timedelta(minutes=1))
        press(olga, cafe, "resume")
        cancel(job.pk, tenant=cafe.tenant_id, actor="staff:olga", at=clock.now())

        now = olga.get(f"/admin/connection/{cafe.pk}/").content.decode()
        then = olga.get(
            f"/admin/connection/{cafe.pk}/", {"until": f"{between:%Y-%m-%dT%H:%M:%S.%f}"}
        ).content.decode()

        assert all(verb in now for verb in ("connection.paused", "connection.resumed", "job.cancelled"))
        assert "connection.paused" in then
        assert not any(verb in then for verb in ("connection.resumed", "job.cancelled"))

    def test_goes_back_page_by_page(self, cafe: Connection, olga: Client) -> None:
        for number in range(40):
            log.record(
                "connection.checked",
                tenant=cafe.tenant_id,
                subject=f"connection:{cafe.pk}",
                actor="system:health",
                at=clock.now(),
                data={"connection": str(cafe.pk), "status": "healthy", "latency_ms": number, "code": ""},
            )

        page = olga.get(f"/admin/connection/{cafe.pk}/").content.decode()
        (earlier,) = re.findall(r'href="(\?before=[^"]+)"', page)
        before = olga.get(f"/admin/connection/{cafe.pk}/{earlier}").content.decode()

        assert (page.count("<li><time>"), before.count("<li><time>")) == (
            30,
            11,
        )  # the first: it was connected

    @pytest.mark.parametrize("odd", ["?until=yesterday", "?before=1", "?until=&before="])
    def test_takes_no_harm_from_words_that_name_no_moment(
        self, odd: str, cafe: Connection, olga: Client
    ) -> None:
        assert olga.get(f"/admin/connection/{cafe.pk}/{odd}").status_code == 200
