"""Who is told of a dead grant: once, in words, after a moment, again after days, and never about what is healed."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connections, transaction

from apps.connections.actions.connect import connect
from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classification import Classification
from apps.errors.classifier import classify_partner_error
from apps.events import log, subscribers, verbs
from apps.events.models import Cursor
from apps.jobs import chores
from apps.jobs.actions.hold import hold, release
from apps.jobs.owners import Finding
from apps.jobs.pump import Pump
from apps.notifications.actions import channels
from apps.notifications.choices import ChannelKind, NoticeState
from apps.notifications.models import Notice
from apps.recovery import asking, prompts
from apps.recovery.actions.auto_pause import auto_pause, pause_after
from apps.recovery.actions.resume import resume
from apps.recovery.models import Prompt
from apps.tenants import flags
from apps.tenants.choices import Flag
from apps.tenants.models import Membership, Tenant, User
from tests.following import follow, until
from tests.make import make_job, make_lane, make_publish, make_tenant
from tests.scripted import Script, failure

DEAD = {"error": {"code": 190, "error_subcode": 460}}
NO_PERMISSION = {"error": {"code": 200}}
SOON = prompts.DELAY + timedelta(seconds=1)


@pytest.fixture
def acme(pump: Pump, settings: Any) -> Tenant:
    """Alice's team, whose mails are kept where a test can read them."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return make_tenant()[0]


@pytest.fixture
def pages(acme: Tenant) -> list[Connection]:
    """Two Facebook pages of one grant."""
    tokens = TokenSet(
        "token", user_id="ana", expires_in=3600, scopes=("pages_manage_posts", "pages_read_engagement")
    )
    accounts = [
        AccountFacts("page", str(number), name, {}, "")
        for number, name in enumerate(["Harbour Cafe", "Pier Bar"])
    ]
    with transaction.atomic():
        return connect(
            tenant=acme.pk,
            platform="meta",
            tokens=tokens,
            accounts=accounts,
            actor="user:alice",
            at=clock.now(),
        )


def found(body: dict[str, Any], status: int = 400) -> Classification:
    """What the classifier says of an answer of Meta's."""
    return classify_partner_error("meta", status, body)


def stop(connection: Connection, body: dict[str, Any] = DEAD) -> None:
    """Let the partner refuse the connection."""
    fresh = Connection.objects.across_tenants().get(pk=connection.pk)
    auto_pause(fresh, found(body), at=clock.now())


def heal(connection: Connection) -> None:
    """Let Alice reconnect."""
    fresh = Connection.objects.across_tenants().get(pk=connection.pk)
    with transaction.atomic():
        resume(fresh, actor="user:alice", at=clock.now())


def after(time: timedelta, pump: Pump) -> list[str]:
    """Let time go by and the house do its work; return the subjects of all mails so far."""
    follow()
    clock.travel(time)
    chores.do_all()
    pump.drain()
    return [str(one.subject) for one in mail.outbox]


def trouble() -> str:
    """What keeps the subscriber from reading on."""
    return Cursor.objects.get(name="recovery.notices").trouble


class TestDeadGrant:
    def test_is_told_once_for_all_its_accounts_with_what_waits_and_one_link(
        self, pages: list[Connection], pump: Pump
    ) -> None:
        stop(pages[0])
        make_publish(pages[1])

        subjects = after(SOON, pump)

        (words,) = [str(one.body) for one in mail.outbox]
        assert subjects == ["Facebook stopped letting us post to Harbour Cafe and 1 more"]
        assert "- Pier Bar" in words
        assert "1 post waits; none is lost." in words
        assert words.count("http://testserver/reconnect/") == 1

    def test_is_told_in_plain_words(self, pages: list[Connection], pump: Pump) -> None:
        stop(pages[0])

        after(SOON, pump)

        (told,) = mail.outbox
        (html, _kind) = told.alternatives[0]
        for words in (str(told.subject), str(told.body), str(html)):
            shown = re.sub(r"http[^\s\"]+", "", words)
            assert not re.search(r"AUTH_|token|[0-9a-f]{8}-", shown)

    def test_is_not_told_before_an_incident_could_open(self, pages: list[Connection], pump: Pump) -> None:
        stop(pages[0])

        assert after(timedelta(minutes=2, seconds=55), pump) == []

    def test_is_told_again_after_three_and_seven_days_then_no_more(
        self, pages: list[Connection], pump: Pump
    ) -> None:
        stop(pages[0])

        told = [len(after(time, pump)) for time in (SOON, *[timedelta(days=1)] * 9)]

        assert told == [1, 1, 1, 2, 2, 2, 2, 3, 3, 3]
        assert mail.outbox[1].subject == "Facebook still does not let us post to Harbour Cafe and 1 more"
        assert "once more" in str(mail.outbox[1].body)
        assert "We do not write about this again." in str(mail.outbox[2].body)

    def test_is_not_told_twice_at_once_after_a_week_of_silence(
        self, pages: list[Connection], pump: Pump
    ) -> None:
        stop(pages[0])

        assert len(after(timedelta(days=8), pump)) == 1

    def test_that_was_reconnected_is_not_told(self, pages: list[Connection], pump: Pump) -> None:
        stop(pages[0])
        heal(pages[0])

        assert after(SOON, pump) == []
        assert Prompt.objects.across_tenants().filter(closed_at=None).count() == 0

    def test_that_was_reconnected_after_the_notice_is_not_told_again(
        self, pages: list[Connection], pump: Pump
    ) -> None:
        stop(pages[0])
        after(SOON, pump)
        heal(pages[0])

        assert len(after(timedelta(days=3), pump)) == 1

    def test_a_notice_that_waits_for_the_morning_is_taken_back_by_a_reconnect(
        self, pages: list[Connection], pump: Pump
    ) -> None:
        now = clock.now()
        night = {
            "quiet_from": (now - timedelta(hours=1)).time(),
            "quiet_until": (now + timedelta(hours=1)).time(),
        }
        Membership.objects.across_tenants().update(**night)
        stop(pages[0])
        after(SOON, pump)
        heal(pages[0])

        assert after(timedelta(hours=2), pump) == []
        assert Notice.objects.across_tenants().get().state == NoticeState.WITHDRAWN

    def test_that_dies_again_is_told_again(self, pages: list[Connection], pump: Pump) -> None:
        stop(pages[0])
        after(SOON, pump)
        heal(pages[0])
        clock.travel(timedelta(minutes=1))
        stop(pages[0])

        assert after(SOON, pump) == ["Facebook stopped letting us post to Harbour Cafe and 1 more"] * 2

    def test_that_cannot_be_told_keeps_nobody_else_waiting(
        self, pages: list[Connection], pump: Pump, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usual = asking.letters.reconnect

        def write(stopped: Any, **more: Any) -> Any:
            return 1 / 0 if stopped[0][0] == pages[0] else usual(stopped, **more)

        monkeypatch.setattr(asking.letters, "reconnect", write)
        for page in pages:
            stop(page, NO_PERMISSION)
            clock.travel(timedelta(seconds=1))

        assert after(SOON, pump) == ["Facebook stopped letting us post to Pier Bar"]

    def test_under_an_incident_is_told_only_when_that_is_over(
        self, pages: list[Connection], pump: Pump
    ) -> None:
        hold(scope="platform:meta", reason="incident:1", sentence="Facebook has a problem.", at=clock.now())
        stop(pages[0])
        during = after(SOON, pump)
        release(scope="platform:meta", reason="incident:1", actor="system:incident", at=clock.now())

        assert (during, len(after(SOON, pump))) == ([], 1)

    def test_is_told_to_who_can_act_and_asked(
        self, acme: Tenant, pages: list[Connection], pump: Pump
    ) -> None:
        make_tenant("Globex", "charlie@globex.test")
        for name, role in (("bob", "operator"), ("vera", "viewer")):
            user = User.objects.create_user(f"{name}@acme.test")
            Membership.objects.create(tenant=acme, user=user, role=role, notify_on=["pauses"])
        stop(pages[0])

        after(SOON, pump)

        assert sorted(one.to[0] for one in mail.outbox) == ["alice@acme.test", "bob@acme.test"]

    def test_without_the_wizard_is_told_whom_to_ask(
        self, acme: Tenant, pages: list[Connection], pump: Pump
    ) -> None:
        flags.switch(tenant=acme.pk, flag=Flag.RECONNECT_WIZARD, on=False, actor="staff:olga", at=clock.now())
        stop(pages[0])

        after(SOON, pump)

        words = str(mail.outbox[0].body)
        assert ("http" in words, "Please ask whoever looks after Reknit" in words) == (False, True)


class TestSignInsOfOneTeam:
    @pytest.fixture
    def shop(self, acme: Tenant, pages: list[Connection]) -> Connection:
        """A LinkedIn page, signed in by somebody else."""
        tokens = TokenSet("token", user_id="bob", expires_in=3600, scopes=("w_organization_social",))
        account = AccountFacts("organization", "urn:li:organization:7", "Fish Shop", {}, "")
        at = clock.now()
        with transaction.atomic():
            return connect(
                tenant=acme.pk,
                platform="linkedin",
                tokens=tokens,
                accounts=[account],
                actor="user:bob",
                at=at,
            )[0]

    def test_that_die_together_are_told_and_remembered_in_one_letter(
        self, pages: list[Connection], shop: Connection, pump: Pump
    ) -> None:
        stop(pages[0])
        clock.travel(timedelta(minutes=2))
        stop(shop)

        told = [
            after(time, pump) for time in (*[timedelta(minutes=2)] * 4, timedelta(days=3), timedelta(days=5))
        ]

        assert [len(subjects) for subjects in told] == [0, 1, 1, 1, 2, 3]
        assert told[-1] == [
            "Harbour Cafe and 2 more stopped: please sign in again",
            *["Harbour Cafe and 2 more still wait for you to sign in"] * 2,
        ]
        words = str(mail.outbox[0].body)
        assert ("- Facebook: Harbour Cafe, Pier Bar" in words, "- LinkedIn: Fish Shop" in words) == (
            True,
            True,
        )
        assert "http://testserver/t/acme/" in words

    def test_a_letter_on_its_way_is_written_anew_about_what_is_not_healed(
        self, pages: list[Connection], shop: Connection, pump: Pump
    ) -> None:
        now = clock.now()
        until_morning = {"quiet_from": now.time(), "quiet_until": (now + timedelta(hours=1)).time()}
        Membership.objects.across_tenants().update(**until_morning)
        stop(pages[0])
        stop(shop)
        after(prompts.DELAY * 2, pump)
        heal(pages[0])

        after(timedelta(minutes=1), pump)

        assert after(timedelta(hours=1), pump) == ["LinkedIn stopped letting us post to Fish Shop"]
        states = [one.state for one in Notice.objects.across_tenants().order_by("created_at")]
        assert states == [NoticeState.WITHDRAWN, NoticeState.TOLD]


class TestOneConnection:
    def test_is_told_alone_while_its_grant_lives(self, pages: list[Connection], pump: Pump) -> None:
        stop(pages[1], NO_PERMISSION)

        assert after(SOON, pump) == ["Facebook stopped letting us post to Pier Bar"]

    def test_is_told_with_the_others_when_its_grant_dies_meanwhile(
        self, pages: list[Connection], pump: Pump
    ) -> None:
        stop(pages[1], NO_PERMISSION)
        clock.travel(timedelta(seconds=1))
        stop(pages[0])

        assert after(SOON, pump) == ["Facebook stopped letting us post to Pier Bar and 1 more"]


class TestExactlyOnce:
    def test_with_two_runs_at_once(self, pages: list[Connection], pump: Pump) -> None:
        stop(pages[0])
        follow()
        clock.travel(SOON)
        Cursor.objects.update(cursor="")  # and everything is heard a second time
        both = threading.Barrier(2)

        def run() -> None:
            both.wait(10)
            subscribers.follow()
            asking.tell_due()
            connections.close_all()

        runs = [threading.Thread(target=run) for _ in range(2)]
        for one in runs:
            one.start()
        for one in runs:
            one.join()

        assert Notice.objects.across_tenants().count() == 1
        assert Prompt.objects.across_tenants().count() == 1

    def test_when_the_whole_log_is_read_again(self, pages: list[Connection], pump: Pump) -> None:
        stop(pages[0])
        after(SOON, pump)
        heal(pages[0])
        follow()

        Cursor.objects.update(cursor="")

        assert len(after(SOON, pump)) == 1

    def test_a_subscriber_that_fails_stops_only_itself_and_goes_on_where_it_was(
        self, pages: list[Connection], pump: Pump, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stop(pages[0])
        with monkeypatch.context() as broken:
            broken.setattr(prompts, "open_for", lambda _event: 1 / 0)
            until(lambda: trouble().startswith("ZeroDivisionError"))

        assert len(after(SOON, pump)) == 1
        assert trouble() == ""


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
