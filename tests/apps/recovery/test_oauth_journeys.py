"""Nine ways back from a partner, at each of the five and by Instagram's own login: what is said, and that nothing changes where it fails."""

from typing import Any

import pytest
from django.http import HttpResponse

from apps.connections import credentials
from apps.connections.choices import ConnectionStatus
from apps.jobs.models import Hold
from apps.jobs.pump import Pump
from apps.web import oauth
from tests.browsers import signed_in
from tests.journeys import KINDS, Journey, begin_journey, digest
from tests.simulator import Simulator
from tests.turning import turning

# What each partner lets a person leave out, or does not let us ask for, without which nothing can be published.
LEFT_OUT = {
    "meta": ["pages_manage_posts"],
    "instagram": ["instagram_business_content_publish"],
    "tiktok": ["video.publish"],
    "gbp": ["https://www.googleapis.com/auth/business.manage"],
}
WORDS = {
    "meta": "“Post on your Page”",
    "linkedin": "does not let Reknit ask for the permissions",
    "instagram": "“Post on your Instagram account”",
    "tiktok": "“Post on your account”",
    "gbp": "“Manage your Business Profile”",
    "mailchimp": "Bea Costa may look at Harbour Cafe at Mailchimp, but not post there",
}
LONG = 2000  # seconds; every partner's code is worthless by then


def page(answer: HttpResponse) -> str:
    """Return what the person reads."""
    return answer.content.decode()


@pytest.fixture(params=sorted(KINDS))
def platform(request: Any) -> str:
    """Each partner in turn."""
    return str(request.param)


@pytest.mark.django_db
class TestRefused:
    @pytest.fixture
    def journey(self, simulator: Simulator, platform: str) -> Journey:
        """A stopped connection."""
        return begin_journey(simulator, platform)

    def test_another_account_is_named_and_can_be_added(self, journey: Journey) -> None:
        other = journey.simulator.account(
            journey.platform, KINDS[journey.way], name="Ana Silva", user_name="Ana Silva"
        )
        before = digest()

        answer = journey.take(user=other["user_id"])

        assert (answer.status_code, digest()) == (409, before)
        assert "as Ana Silva; this connection is Harbour Cafe" in page(answer)
        assert "Add it as a new connection" in page(answer)

    def test_a_declined_consent_changes_nothing(self, journey: Journey) -> None:
        before = digest()

        answer = journey.take(decision="deny")

        assert (answer.status_code, digest()) == (409, before)
        assert "You did not give permission" in page(answer)

    def test_missing_scopes_are_named(self, journey: Journey) -> None:
        who = journey.colleague(role="viewer") if journey.platform == "mailchimp" else ""
        if (
            journey.platform == "linkedin"
        ):  # it grants all or nothing: what can be missing is our app's approval
            journey.simulator.post("withhold", platform="linkedin", scopes=["w_organization_social"])
        before = digest()

        answer = journey.take(user=who, without=LEFT_OUT.get(journey.way, []))

        assert (answer.status_code, digest()) == (409, before)
        assert WORDS[journey.way] in page(answer)

    def test_an_expired_code_asks_for_another_try(self, journey: Journey) -> None:
        way_back = journey.answer(journey.out())
        journey.simulator.post("clock", advance_s=LONG)
        before = digest()

        answer = journey.browser.get(way_back)

        assert (answer.status_code, digest()) == (409, before)
        assert "The confirmation has run out" in page(answer)

    def test_a_replayed_callback_does_nothing_a_second_time(
        self, journey: Journey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(oauth, "PATIENCE", 0)
        way_back, before = journey.answer(journey.out()), digest()
        first = journey.browser.get(way_back)
        asked = journey.simulator.calls("", "exchange")

        answer = journey.browser.get(way_back)

        assert (first.status_code, answer.status_code, digest()) == (302, 409, before)
        assert journey.simulator.calls("", "exchange") == asked
        assert "This way back was taken already" in page(answer)

    def test_a_callback_in_another_browser_is_refused(self, journey: Journey) -> None:
        way_back, before = journey.answer(journey.out()), digest()

        answer = signed_in("alice@acme.test").get(way_back)

        assert (answer.status_code, digest()) == (409, before)
        assert "You began this somewhere else" in page(answer)
        assert journey.simulator.calls("", "exchange") == 0

    def test_a_partner_that_breaks_down_in_the_middle_changes_nothing(self, journey: Journey) -> None:
        way_back, before = journey.answer(journey.out()), digest()
        journey.simulator.fault("accept_then_cut", platform=journey.platform, operation="exchange")

        answer = journey.browser.get(way_back)

        assert (answer.status_code, digest()) == (503, before)
        assert "The partner did not answer" in page(answer)
        assert journey.simulator.calls("", "exchange") == 1


class TestConnected:
    @pytest.fixture
    def journey(self, pump: Pump, simulator: Simulator, platform: str) -> Journey:
        """A stopped connection."""
        return begin_journey(simulator, platform)

    def test_the_same_account_lives_again(self, journey: Journey, pump: Pump) -> None:
        before = credentials.current(grant=journey.connection.grant_id)

        with turning(pump):
            answer = journey.take()

        after = credentials.current(grant=journey.connection.grant_id)
        assert before is not None
        assert after is not None
        assert (answer.status_code, journey.now().status) == (302, ConnectionStatus.ACTIVE)
        assert (journey.now().grant_id, after.version) == (journey.connection.grant_id, before.version + 1)
        assert not Hold.objects.filter(closed_at=None).exists()

    def test_a_colleague_with_the_same_account_takes_over(self, journey: Journey, pump: Pump) -> None:
        bea = journey.colleague()

        with turning(pump):
            answer = journey.take(user=bea)

        now = journey.now()
        assert (answer.status_code, now.status) == (302, ConnectionStatus.ACTIVE)
        assert now.grant.external_user_id == bea
        assert journey.simulator.calls("", "publish") == 0
