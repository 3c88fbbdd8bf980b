"""What ends together is told in one letter, and each letter once, whatever runs twice or fails."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connections, transaction

from apps.connections.actions.connect import connect
from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.models import Connection
from apps.core import clock
from apps.events import subscribers
from apps.events.models import Cursor
from apps.jobs.pump import Pump
from apps.notifications.choices import NoticeState
from apps.notifications.models import Notice
from apps.recovery import asking, prompts
from apps.recovery.models import Prompt
from apps.tenants.models import Membership, Tenant
from tests.following import follow, until
from tests.telling import NO_PERMISSION, SOON, after, heal, stop, trouble


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
