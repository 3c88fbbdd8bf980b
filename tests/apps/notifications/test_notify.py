"""People are told once, by mail and by chat, through whatever the other side answers."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import requests
from django.db import connections

from apps.core import clock
from apps.core.egress import lookup
from apps.events.models import Event
from apps.jobs.choices import JobState
from apps.jobs.models import DeadLetter, Job
from apps.jobs.pump import Pump
from apps.notifications import audience
from apps.notifications.actions import channels
from apps.notifications.actions.notify import notify
from apps.notifications.actions.withdraw import withdraw
from apps.notifications.carriers import Message, NotTaken, by_apprise
from apps.notifications.choices import ChannelKind, NoticeState
from apps.notifications.letter import Letter
from apps.notifications.models import Channel, Notice
from apps.notifications.rooms import RoomUnknown, service_of
from apps.tenants.choices import NotifyOn
from apps.tenants.models import Membership, Tenant
from tests.make import make_tenant
from tests.receivers import CUT, MailServer, Room, serving

LETTER = Letter("Facebook stopped", "It stopped.\n", "<p>It stopped.</p>")


@pytest.fixture
def post(settings: Any) -> Iterator[MailServer]:
    """The mail server that the settings name."""
    with serving(MailServer()) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
        yield server


@pytest.fixture
def room() -> Iterator[Room]:
    """A chat room of operations."""
    with serving(Room()) as server:
        yield server


@pytest.fixture
def acme(pump: Pump) -> Tenant:
    """Alice's team."""
    return make_tenant()[0]


def tell(tenant: Tenant, key: str = "once") -> Notice | None:
    """Tell Acme's people something."""
    at = clock.now()
    return notify(
        key=key,
        letter=LETTER,
        to=audience.people_of(tenant.pk, NotifyOn.PAUSES, at=at),
        tenant=tenant.pk,
        about="grant:1",
        actor="system:test",
        at=at,
    )


def tell_operations(key: str = "once") -> Notice | None:
    """Tell operations something."""
    at = clock.now()
    return notify(
        key=key,
        letter=LETTER,
        to=audience.operations(at=at),
        tenant=None,
        about="incident:1",
        actor="system:test",
        at=at,
    )


def state() -> str:
    """What became of the one notice."""
    return Notice.objects.across_tenants().get().state


def job() -> Job:
    """The one job that carries it."""
    return Job.objects.across_tenants().get()


class TestMail:
    def test_reaches_who_asked_for_it_as_text_and_html(
        self, acme: Tenant, pump: Pump, post: MailServer
    ) -> None:
        tell(acme)

        pump.drain()

        (mail,) = post.taken
        assert (mail["To"], mail["Subject"]) == ("alice@acme.test", "Facebook stopped")
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        assert state() == NoticeState.TOLD

    def test_is_sent_again_under_the_same_name_when_nobody_knows_whether_it_was_taken(
        self, acme: Tenant, pump: Pump, post: MailServer
    ) -> None:
        post.says = [CUT]
        tell(acme)

        pump.drain()
        clock.travel(timedelta(minutes=1))
        pump.drain()

        assert len(post.taken) == 2
        assert len({mail["Message-ID"] for mail in post.taken}) == 1

    def test_waits_for_a_server_that_is_busy(self, acme: Tenant, pump: Pump, post: MailServer) -> None:
        post.says = [b"451 later"]
        tell(acme)

        pump.drain()
        waiting = (job().state, job().error_rule, state())
        clock.travel(timedelta(minutes=1))
        pump.drain()

        assert waiting == (JobState.QUEUED, "system.mail.later", NoticeState.WAITING)
        assert (job().state, state()) == (JobState.SUCCEEDED, NoticeState.TOLD)

    def test_to_nobody_becomes_a_dead_letter_with_the_servers_words(
        self, acme: Tenant, pump: Pump, post: MailServer
    ) -> None:
        post.refuses = {"alice@acme.test"}
        tell(acme)

        pump.drain()

        letter = DeadLetter.objects.across_tenants().get()
        assert (letter.rule_id, letter.message, state()) == (
            "system.mail.refused",
            "no such person",
            NoticeState.FAILED,
        )

    def test_is_not_lost_while_there_is_no_server(self, acme: Tenant, pump: Pump, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 1, False
        tell(acme)

        pump.drain()

        assert (job().state, job().error_code) == (JobState.QUEUED, "NETWORK_ERROR")

    def test_is_not_sent_when_it_is_no_longer_true(self, acme: Tenant, pump: Pump, post: MailServer) -> None:
        tell(acme)
        withdraw([Notice.objects.across_tenants().get().pk], actor="system:test", at=clock.now())

        pump.drain()

        assert (post.taken, job().state, state()) == ([], JobState.SUCCEEDED, NoticeState.WITHDRAWN)

    def test_is_not_sent_through_a_channel_that_is_off(
        self, acme: Tenant, pump: Pump, post: MailServer
    ) -> None:
        tell(acme)
        Channel.objects.across_tenants().update(enabled=False)

        pump.drain()

        assert (post.taken, state()) == ([], NoticeState.FAILED)

    def test_waits_for_the_end_of_quiet_hours(self, acme: Tenant, pump: Pump, post: MailServer) -> None:
        now = clock.now()
        until = (now + timedelta(hours=1)).time()
        Membership.objects.across_tenants().update(
            quiet_from=(now - timedelta(hours=1)).time(), quiet_until=until
        )
        tell(acme)

        pump.drain()
        at_night = len(post.taken)
        clock.travel(timedelta(hours=1, seconds=1))
        pump.drain()

        assert (at_night, len(post.taken)) == (0, 1)

    def test_goes_to_nobody_who_did_not_ask(self, acme: Tenant, pump: Pump, post: MailServer) -> None:
        Membership.objects.across_tenants().update(notify_on=[])

        tell(acme)
        pump.drain()

        assert (post.taken, state()) == ([], NoticeState.NOBODY)


class TestChat:
    @pytest.fixture
    def way(self, acme: Tenant, room: Room) -> Channel:
        """Operations read the room."""
        return channels.add_way_to_operations(
            kind=ChannelKind.APPRISE,
            name="Operations' room",
            address=room.address,
            actor="staff:olga",
            at=clock.now(),
        )

    def test_hears_what_mail_hears(self, way: Channel, pump: Pump, room: Room) -> None:
        tell_operations()

        pump.drain()

        (said,) = room.said
        assert (said["title"], said["message"].strip()) == ("Facebook stopped", "It stopped.")
        assert state() == NoticeState.TOLD

    def test_that_does_not_answer_well_is_told_again_later(
        self, way: Channel, pump: Pump, room: Room
    ) -> None:
        room.status = 500
        tell_operations()
        pump.drain()
        room.status = 200

        clock.travel(timedelta(minutes=1))
        pump.drain()

        assert (len(room.said), job().attempts, state()) == (2, 1, NoticeState.TOLD)

    def test_is_not_followed_elsewhere(self, way: Channel, pump: Pump, room: Room) -> None:
        room.status = 307

        tell_operations()
        pump.drain()

        assert (len(room.said), job().state) == (1, JobState.QUEUED)

    def test_one_way_that_fails_makes_no_failed_notice(
        self, way: Channel, pump: Pump, room: Room, post: MailServer
    ) -> None:
        post.refuses = {"olga@reknit.test"}
        channels.add_way_to_operations(
            kind=ChannelKind.EMAIL,
            name="Olga",
            address="olga@reknit.test",
            actor="staff:olga",
            at=clock.now(),
        )

        tell_operations()
        pump.drain()

        assert (DeadLetter.objects.across_tenants().count(), state()) == (1, NoticeState.TOLD)

    def test_keeps_its_address_to_itself(self, way: Channel, room: Room) -> None:
        row = Channel.objects.across_tenants().values().get(pk=way.pk)
        told = list(Event.objects.values_list("data", "subject"))

        assert "127.0.0.1" not in f"{row} {told}"
        assert way.address() == room.address

    def test_one_address_that_cannot_be_read_stops_nobody_else(
        self, way: Channel, pump: Pump, room: Room
    ) -> None:
        broken = channels.add_way_to_operations(
            kind=ChannelKind.APPRISE, name="Broken", address=room.address, actor="staff:olga", at=clock.now()
        )
        Channel.objects.across_tenants().filter(pk=broken.pk).update(target="lost.AAAA")

        tell_operations()
        pump.drain()

        assert (len(room.said), DeadLetter.objects.across_tenants().get().error_code) == (1, "INTERNAL_ERROR")


class TestOnce:
    def test_one_cause_is_told_once_by_two_writers_at_once(self, acme: Tenant) -> None:
        both = threading.Barrier(2)
        told: list[Notice | None] = []

        def write() -> None:
            both.wait(10)
            told.append(tell(acme))
            connections.close_all()

        writers = [threading.Thread(target=write) for _ in range(2)]
        for one in writers:
            one.start()
        for one in writers:
            one.join()

        assert sorted(one is None for one in told) == [False, True]
        assert Job.objects.across_tenants().count() == 1

    def test_another_cause_is_told_too(self, acme: Tenant) -> None:
        tell(acme, "first")
        tell(acme, "second")

        assert Job.objects.across_tenants().count() == 2


@pytest.mark.parametrize(
    ("begin", "end", "now", "first"),
    [
        ("22:00", "07:00", "23:30", "2026-11-25 07:00"),
        ("22:00", "07:00", "06:59", "2026-11-24 07:00"),
        ("22:00", "07:00", "07:00", "2026-11-24 07:00"),
        ("22:00", "07:00", "12:00", "2026-11-24 12:00"),
        ("12:00", "14:00", "13:00", "2026-11-24 14:00"),
        ("12:00", "14:00", "14:00", "2026-11-24 14:00"),
        ("00:00", "00:00", "12:00", "2026-11-24 12:00"),
    ],
)
def test_quiet_hours_end(begin: str, end: str, now: str, first: str) -> None:
    member = Membership(
        tenant=Tenant(time_zone="UTC"),
        quiet_from=time.fromisoformat(begin),
        quiet_until=time.fromisoformat(end),
    )
    at = datetime.combine(datetime(2026, 11, 24, tzinfo=UTC), time.fromisoformat(now), tzinfo=UTC)

    assert f"{audience.after_quiet_hours(member, at):%Y-%m-%d %H:%M}" == first


@pytest.mark.parametrize(
    ("leads_to", "rule", "sent"), [("8.8.8.8", "system.chat.refused", 1), ("10.0.0.1", "system.egress", 0)]
)
def test_a_services_name_that_leads_inside_is_sent_nothing(
    leads_to: str, rule: str, sent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def ask(*said: Any, **_more: Any) -> None:
        asked.append(said)
        raise requests.ConnectionError

    monkeypatch.setattr(lookup, "ask_system", lambda _: [leads_to])
    monkeypatch.setattr("requests.sessions.Session.request", ask)
    slack = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"

    with pytest.raises(NotTaken) as refused:
        by_apprise(slack, Message("1", Letter("It stopped", "It stopped.", "")))

    assert (refused.value.found.rule_id, len(asked)) == (rule, sent)


def test_quiet_hours_are_the_tenants_own() -> None:
    member = Membership(tenant=Tenant(time_zone="America/New_York"), quiet_from=time(22), quiet_until=time(7))

    free = audience.after_quiet_hours(member, datetime(2026, 11, 24, 11, tzinfo=UTC))

    assert free == datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("service", "address"),
    [
        ("Slack", "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"),
        ("Discord", "https://discord.com/api/webhooks/123456789012345678/abcdefghijABCDEFGHIJ"),
        ("Google Chat", "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=kkk&token=ttt"),
        (
            "Microsoft Teams",
            "https://prod-01.logic.azure.com:443/workflows/643e69f8/triggers/manual/paths/invoke?sp=%2Fa&sig=KODu",
        ),
    ],
)
def test_a_room_of_a_known_service_is_known_to_the_library_too(service: str, address: str) -> None:
    from apprise import Apprise

    assert service_of(address).name == service
    assert Apprise().add(address)


@pytest.mark.parametrize(
    "address",
    [
        "json://10.0.0.1/x",
        "https://10.0.0.1/services/T1/B1/x",
        "http://hooks.slack.com/services/T1/B1/x",
        "https://hooks.slack.com.evil.test/services/T1/B1/x",
        "https://me@hooks.slack.com/services/T1/B1/x",
        "https://hooks.slack.com/services/T1/B1/x?template=/etc/passwd",
        "https://hooks.slack.com/services/../B1/x",
        "https://evil.test/#.logic.azure.com/workflows/643e69/triggers/manual/paths/invoke",
        "",
        "Alice's room",
    ],
)
def test_any_other_address_is_refused_in_words(address: str) -> None:
    with pytest.raises(RoomUnknown, match="Slack, Discord"):
        service_of(address)
