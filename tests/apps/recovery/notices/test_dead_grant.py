"""Who is told of a dead grant: once, in words, after a moment, again after days, and never about what is healed."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.actions.hold import hold, release
from apps.jobs.pump import Pump
from apps.notifications.choices import NoticeState
from apps.notifications.models import Notice
from apps.recovery import asking
from apps.recovery.models import Prompt
from apps.tenants import flags
from apps.tenants.choices import Flag
from apps.tenants.models import Membership, Tenant, User
from tests.make import make_publish, make_tenant
from tests.telling import NO_PERMISSION, SOON, after, heal, stop


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
