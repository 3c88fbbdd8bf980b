"""What a team reads and chooses about notices, and what operations do in the console."""

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import send_mail
from django.test import Client

from apps.core import clock
from apps.events.models import Event
from apps.jobs.models import Job
from apps.notifications import audience
from apps.notifications.actions.notify import notify
from apps.notifications.choices import ChannelKind
from apps.notifications.letter import Letter
from apps.notifications.models import Channel, Notice
from apps.tenants.choices import NotifyOn
from apps.tenants.models import Membership, Tenant, User
from tests.browsers import signed_in
from tests.make import make_tenant

pytestmark = pytest.mark.django_db

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


@pytest.fixture
def acme() -> Tenant:
    """Alice's team with Bob the operator and Vera the viewer; Charlie's Globex beside it."""
    make_tenant("Globex", "charlie@globex.test")
    tenant, _ = make_tenant()
    for name, role in (("bob", "operator"), ("vera", "viewer")):
        user = User.objects.create_user(f"{name}@acme.test")
        Membership.objects.create(tenant=tenant, user=user, role=role)
    return tenant


@pytest.fixture
def alice(acme: Tenant) -> Client:
    """Alice's browser."""
    return signed_in("alice@acme.test")


def membership(name: str) -> Membership:
    """Somebody's place at Acme."""
    return Membership.objects.across_tenants().get(user__email=f"{name}@acme.test")


class TestPage:
    def test_says_what_will_be_here_when_nothing_was_told(self, alice: Client) -> None:
        assert "Nothing had to be told yet" in alice.get("/t/acme/notifications/").content.decode()

    def test_shows_what_was_told_and_whom(self, alice: Client, acme: Tenant) -> None:
        at = clock.now()
        notify(
            key="once",
            letter=Letter("Facebook stopped", "", ""),
            to=audience.people_of(acme.pk, NotifyOn.PAUSES, at=at),
            tenant=acme.pk,
            about="grant:1",
            actor="system:test",
            at=at,
        )

        page = alice.get("/t/acme/notifications/").content.decode()

        assert ("Facebook stopped" in page, "alice@acme.test</td>" in page, "On its way" in page) == (
            True,
            True,
            True,
        )

    def test_a_viewer_reads_and_changes_nothing(self, acme: Tenant) -> None:
        vera = signed_in("vera@acme.test")

        page = vera.get("/t/acme/notifications/").content.decode()

        assert "<form" not in page.split("<main")[1]
        assert vera.post("/t/acme/notifications/me/", {"wanted": "on"}).status_code == 404


class TestMyMail:
    def test_is_switched_off_and_on_and_written_down(self, acme: Tenant) -> None:
        bob = signed_in("bob@acme.test")

        bob.post("/t/acme/notifications/me/", {"wanted": "on"})
        on = membership("bob").notify_on
        bob.post("/t/acme/notifications/me/", {})

        assert (on, membership("bob").notify_on) == (["pauses"], [])
        changes = Event.objects.filter(verb="member.notify_changed").order_by("id")
        assert [(one.data["before"], one.data["after"]) for one in changes] == [(False, True), (True, False)]

    def test_has_quiet_hours(self, alice: Client) -> None:
        alice.post(
            "/t/acme/notifications/me/", {"wanted": "on", "quiet_from": "22:00", "quiet_until": "07:00"}
        )

        page = alice.get("/t/acme/notifications/").content.decode()

        assert ('value="22:00"' in page, 'value="07:00"' in page) == (True, True)
        assert "failures" in membership("alice").notify_on

    def test_quiet_hours_with_one_end_are_refused_beside_the_field(self, alice: Client) -> None:
        answer = alice.post("/t/acme/notifications/me/", {"wanted": "on", "quiet_from": "22:00"})

        assert (answer.status_code, b'id="quiet-why"' in answer.content) == (422, True)


class TestRoom:
    def test_is_added_with_a_hello_and_its_address_is_not_shown_again(
        self, alice: Client, acme: Tenant
    ) -> None:
        alice.post("/t/acme/notifications/rooms/", {"address": SLACK})

        page = alice.get("/t/acme/notifications/").content.decode()

        assert ("Slack room" in page, "TIiajkdnlazkcOXrIdevi7FQ" in page) == (True, False)
        assert Job.objects.across_tenants().get().kind == "notification"
        assert Notice.objects.for_tenant(acme.pk).get().subject == "Reknit will tell you here"

    def test_of_an_unknown_service_is_refused_beside_the_field(self, alice: Client) -> None:
        answer = alice.post("/t/acme/notifications/rooms/", {"address": "json://10.0.0.1/x"})

        assert (answer.status_code, b"We know: Slack, Discord" in answer.content) == (422, True)
        assert Channel.objects.across_tenants().count() == 0

    def test_is_the_admins_business(self, acme: Tenant) -> None:
        answer = signed_in("bob@acme.test").post("/t/acme/notifications/rooms/", {"address": SLACK})

        assert (answer.status_code, Channel.objects.across_tenants().count()) == (404, 0)

    def test_is_removed_by_its_own_team_only(self, alice: Client) -> None:
        alice.post("/t/acme/notifications/rooms/", {"address": SLACK})
        room = Channel.objects.across_tenants().get()

        stranger = signed_in("charlie@globex.test").post(f"/t/globex/notifications/rooms/{room.pk}/")
        there = Channel.objects.across_tenants().count()
        alice.post(f"/t/acme/notifications/rooms/{room.pk}/")

        assert (stranger.status_code, there, Channel.objects.across_tenants().count()) == (404, 1, 0)


class TestConsole:
    @pytest.fixture
    def olga(self) -> Client:
        """A member of the operations staff."""
        User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
        return signed_in("olga@reknit.test")

    def add(self, olga: Client, kind: str, address: str) -> Any:
        """Add a way to operations."""
        asked = {"kind": kind, "name": "Operations", "address": address}
        return olga.post("/admin/notifications/channel/add/", asked)

    def test_adds_a_way_to_operations_and_tests_it(self, olga: Client) -> None:
        self.add(olga, ChannelKind.EMAIL, "ops@reknit.test")
        channel = Channel.objects.across_tenants().get()

        olga.post(
            "/admin/notifications/channel/", {"action": "send_test", "_selected_action": [str(channel.pk)]}
        )

        assert (channel.tenant_id, channel.address()) == (None, "ops@reknit.test")
        assert Job.objects.across_tenants().get().args["channel"] == str(channel.pk)

    @pytest.mark.parametrize(("kind", "address"), [("email", "nobody"), ("apprise", "https://nowhere.test")])
    def test_refuses_an_address_that_nothing_can_reach(self, kind: str, address: str, olga: Client) -> None:
        answer = self.add(olga, kind, address)

        assert (answer.status_code, Channel.objects.across_tenants().count()) == (200, 0)

    def test_switches_a_channel_off(self, olga: Client) -> None:
        self.add(olga, ChannelKind.EMAIL, "ops@reknit.test")
        channel = Channel.objects.across_tenants().get()

        olga.post(
            "/admin/notifications/channel/", {"action": "switch_off", "_selected_action": [str(channel.pk)]}
        )

        assert not Channel.objects.across_tenants().get().enabled
        assert Event.objects.get(verb="channel.switched").data == {"before": True, "after": False}


class TestMailbox:
    @pytest.fixture
    def olga(self) -> Client:
        """A member of the operations staff."""
        User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
        return signed_in("olga@reknit.test")

    def test_shows_what_was_sent_with_links_to_press(
        self, olga: Client, settings: Any, tmp_path: Path
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FOLDER = settings.EMAIL_FILE_PATH = str(tmp_path)
        for number in (1, 2):
            send_mail(f"Mail {number}", "Reconnect: http://testserver/x?a=1&b=2", None, ["alice@acme.test"])

        page = olga.get("/admin/mailbox/").content.decode()

        assert page.index("Mail 2") < page.index("Mail 1")
        assert 'href="http://testserver/x?a=1&amp;b=2"' in page

    def test_is_not_there_where_mails_are_really_sent(self, olga: Client) -> None:
        assert olga.get("/admin/mailbox/").status_code == 404
