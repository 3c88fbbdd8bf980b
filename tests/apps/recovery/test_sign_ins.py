"""What happens between the way back and fresh credentials: proof, choice, what moves along and what stays."""

from datetime import timedelta

import pytest

from apps.connections import credentials, proving, sign_ins
from apps.connections.choices import ConnectionStatus, SignInStage
from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.models import Connection, Credential, Grant, SignIn
from apps.core import clock
from apps.jobs.models import Job
from apps.jobs.pump import Pump
from apps.recovery.actions.auto_pause import auto_pause
from apps.recovery.reconnect import generate_reconnect_url
from apps.tenants.models import Membership
from apps.web import oauth
from tests import consent
from tests.browsers import signed_in
from tests.journeys import DEAD, Journey, back, begin_journey, digest
from tests.make import make_connection, make_tenant
from tests.simulator import Simulator
from tests.turning import turning


def sign_in() -> SignIn:
    """Return the one sign-in."""
    return SignIn.objects.across_tenants().get()


@pytest.mark.django_db
class TestPending:
    @pytest.fixture
    def cafe(self, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Journey:
        """A stopped page; no worker runs, and nobody waits for one."""
        monkeypatch.setattr(oauth, "PATIENCE", 0)
        return begin_journey(simulator, "meta")

    def test_a_page_tells_that_the_check_runs(self, cafe: Journey) -> None:
        before = digest()

        answer = cafe.take()
        page = cafe.browser.get(answer.headers["Location"]).content.decode()

        assert (sign_in().stage, digest()) == (SignInStage.PROVING, before)
        assert 'http-equiv="refresh"' in page
        assert "Facebook let you in" in page

    def test_the_check_waits_in_the_lane_of_the_grant(self, cafe: Journey) -> None:
        cafe.take()

        job = Job.objects.across_tenants().select_related("lane").get(args__has_key="sign_in")
        assert job.lane.key == f"grant:{cafe.connection.grant_id}"

    def test_its_secrets_can_be_read_nowhere_and_are_forgotten(self, cafe: Journey) -> None:
        other = cafe.simulator.account("meta", "page", user_name="Bea Costa")
        cafe.take(user=other["user_id"])
        kept = sign_in().brought

        forgotten = sign_ins.forget_old_ones(at=clock.now() + timedelta(minutes=11))

        assert ("simtok" in kept, bool(kept), forgotten, sign_in().brought) == (False, True, 1, "")

    def test_a_state_that_was_tampered_with_is_not_even_looked_up(self, cafe: Journey) -> None:
        way_back = cafe.answer(cafe.out()).replace("state=", "state=A")

        answer = cafe.browser.get(way_back)

        assert (answer.status_code, "We do not know this sign-in" in answer.content.decode()) == (409, True)

    def test_who_has_left_the_team_meanwhile_cannot_finish(self, cafe: Journey) -> None:
        way_back, before = cafe.answer(cafe.out()), digest()
        Membership.objects.across_tenants().delete()

        answer = cafe.browser.get(way_back)

        assert (answer.status_code, digest()) == (409, before)

    def test_ten_minutes_are_enough(self, cafe: Journey) -> None:
        way_back = cafe.answer(cafe.out())
        SignIn.objects.across_tenants().update(expires_at=clock.now())

        answer = cafe.browser.get(way_back)

        assert "That took longer than ten minutes" in answer.content.decode()


class TestProof:
    def test_credentials_that_do_not_work_change_nothing(
        self, pump: Pump, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(oauth, "PATIENCE", 0)
        cafe = begin_journey(simulator, "meta")
        answer, before = cafe.take(), digest()
        simulator.post("tokens/revoke", platform="meta", user_id=cafe.account["user_id"])

        pump.drain()
        clock.travel(timedelta(seconds=6))
        pump.drain()

        page = cafe.browser.get(answer.headers["Location"]).content.decode()
        assert (sign_in().stage, digest()) == (SignInStage.FAILED, before)
        assert "Facebook let you in, but it does not let us work with Harbour Cafe." in page

    def test_a_refresh_token_that_was_left_out_is_kept(self, pump: Pump, simulator: Simulator) -> None:
        place = begin_journey(simulator, "gbp", stopped=False)
        before = credentials.current(grant=place.connection.grant_id)
        place.out()
        fresh = simulator.account("gbp", "location", user=place.account["user_id"])
        tokens = TokenSet(fresh["access_token"], user_id=place.account["user_id"])
        account = AccountFacts(
            "location", place.account["account_id"], "Harbour Cafe", place.account["details"]
        )

        brought = sign_ins.Brought(tokens, (account,))
        proving.begin(sign_in(), brought, [account.external_id], at=clock.now())
        pump.drain()

        after = credentials.current(grant=place.connection.grant_id)
        assert before is not None
        assert after is not None
        assert (after.access_token(), after.refresh_token()) == (
            fresh["access_token"],
            before.refresh_token(),
        )

    def test_a_partial_grant_is_connected_and_told(self, pump: Pump, simulator: Simulator) -> None:
        creator = begin_journey(simulator, "tiktok")

        with turning(pump):
            creator.take(without=["video.list"])

        page = creator.browser.get("/t/acme/").content.decode()
        assert creator.now().status == ConnectionStatus.ACTIVE
        assert "TikTok did not give us “See your public posts”" in page
        assert "scope_fix=true" in page

    def test_what_was_declined_is_asked_for_again(self, pump: Pump, simulator: Simulator) -> None:
        cafe = begin_journey(simulator, "meta")
        cafe.take(without=["pages_manage_posts"])

        with turning(pump):
            cafe.browser.get(cafe.answer(cafe.out(scope_fix="true")))

        assert cafe.now().status == ConnectionStatus.ACTIVE


class TestInstagramsOwnLogin:
    def test_adds_an_account_that_has_no_page(self, pump: Pump, simulator: Simulator) -> None:
        make_tenant()
        alone = simulator.account("meta", "instagram_alone", name="harbour.cafe")
        alice = signed_in("alice@acme.test")
        offer = alice.get("/t/acme/connect/").content.decode()
        page = alice.get("/api/oauth/meta/start?tenant=acme&login=instagram").url  # type: ignore[attr-defined]

        with turning(pump):
            alice.get(back(consent.answer(page, user=alone["user_id"])))

        connection = Connection.objects.across_tenants().select_related("grant").get()
        assert "login=instagram" in offer
        assert (connection.name, connection.status, connection.grant.login) == (
            "harbour.cafe",
            ConnectionStatus.ACTIVE,
            "instagram",
        )


class TestColleague:
    @pytest.fixture
    def three(self, pump: Pump, simulator: Simulator) -> tuple[Journey, list[Connection]]:
        """Ana's three pages, all stopped; Bea manages the first two."""
        cafe = begin_journey(simulator, "meta", stopped=False)
        ana = cafe.account["user_id"]
        others = []
        for name in ("Harbour Bar", "Harbour Inn"):
            account = simulator.account("meta", "page", user=ana, name=name)
            others.append(make_connection(cafe.connection.tenant, account, name=name))
        auto_pause(cafe.connection, DEAD, at=clock.now())
        return cafe, others

    def test_is_asked_what_else_shall_move_and_the_rest_stays(
        self, three: tuple[Journey, list[Connection]], pump: Pump, simulator: Simulator
    ) -> None:
        cafe, (bar, inn) = three
        bea = cafe.colleague(manages=[cafe.account["account_id"], bar.external_id])

        with turning(pump):
            answer = cafe.take(user=bea)
            page = cafe.browser.get(answer.headers["Location"]).content.decode()
            cafe.browser.post(answer.headers["Location"], {"account": [bar.external_id]})
            end = cafe.browser.get(answer.headers["Location"], follow=True)
        pump.drain()

        bar.refresh_from_db()
        inn.refresh_from_db()
        assert ("Harbour Bar" in page, "Harbour Inn" in page) == (True, False)
        assert (cafe.now().grant.external_user_id, bar.grant.external_user_id) == (bea, bea)
        assert (bar.status, inn.status) == (ConnectionStatus.ACTIVE, ConnectionStatus.ATTENTION)
        assert inn.grant.external_user_id == cafe.account["user_id"]
        assert end.status_code == 200

    def test_the_same_person_heals_everything_at_once(
        self, three: tuple[Journey, list[Connection]], pump: Pump
    ) -> None:
        cafe, _ = three

        with turning(pump):
            cafe.take()

        states = set(Connection.objects.across_tenants().values_list("status", flat=True))
        assert states == {ConnectionStatus.ACTIVE}

    def test_a_late_answer_to_the_old_credential_concerns_nobody(
        self, pump: Pump, simulator: Simulator
    ) -> None:
        page = begin_journey(simulator, "linkedin")
        before = credentials.current(grant=page.connection.grant_id)

        with turning(pump):
            page.take(user=page.colleague())

        after = credentials.current(grant=page.now().grant_id)
        assert before is not None
        assert after is not None
        assert after.version > before.version

    def test_a_grant_that_serves_nobody_any_more_ends_at_the_partner(
        self, pump: Pump, simulator: Simulator
    ) -> None:
        place = begin_journey(simulator, "gbp")
        ana = place.connection.grant_id

        with turning(pump):
            place.take(user=place.colleague())
        pump.drain()

        assert not Credential.objects.filter(grant=ana).exists()
        assert simulator.calls("", "revoke") == 1


class TestFirstConnect:
    @pytest.fixture
    def pages(self, pump: Pump, simulator: Simulator) -> str:
        """Acme has nothing yet; Ana manages three pages. Return who she is."""
        make_tenant()
        ana: str = simulator.account("meta", "page", name="Harbour Cafe")["user_id"]
        for name in ("Harbour Bar", "Harbour Inn"):
            simulator.account("meta", "page", user=ana, name=name)
        return ana

    def test_several_accounts_are_ticked_on_a_page(
        self, pages: str, pump: Pump, simulator: Simulator
    ) -> None:
        new = Journey(
            "meta",
            simulator,
            None,  # type: ignore[arg-type]
            {"user_id": pages},
            signed_in("alice@acme.test"),
        )
        consent_page = new.browser.get("/api/oauth/meta/start").url  # type: ignore[attr-defined]
        answer = new.browser.get(new.answer(consent_page))
        where = answer.headers["Location"]
        offered = sign_ins.brought_by(sign_in()).accounts

        page = new.browser.get(where).content.decode()
        new.browser.post(where, {"account": [one.external_id for one in offered[:2]]})
        pump.drain()

        rows = Connection.objects.across_tenants().order_by("name")
        assert page.count('type="checkbox"') == 3
        assert [(one.name, one.status) for one in rows] == [
            ("Harbour Bar", ConnectionStatus.ACTIVE),
            ("Harbour Cafe", ConnectionStatus.ACTIVE),
        ]
        assert Grant.objects.across_tenants().get().external_user_id == pages

    def test_the_other_account_of_a_refusal_can_be_added(self, pump: Pump, simulator: Simulator) -> None:
        cafe = begin_journey(simulator, "meta")
        other = simulator.account("meta", "page", name="Bea's Bakery", user_name="Bea Costa")
        cafe.take(user=other["user_id"])

        cafe.browser.post(f"/t/acme/sign-ins/{sign_in().pk}/", {"account": [other["account_id"]]})
        pump.drain()

        new = Connection.objects.across_tenants().get(external_id=other["account_id"])
        assert (new.status, cafe.now().status) == (ConnectionStatus.ACTIVE, ConnectionStatus.ATTENTION)

    def test_an_account_of_another_team_is_refused_in_words(self, pump: Pump, simulator: Simulator) -> None:
        cafe = begin_journey(simulator, "meta")
        make_tenant("Globex", "charlie@globex.test")
        charlie = signed_in("charlie@globex.test")
        page = charlie.get("/api/oauth/meta/start?tenant=globex").url  # type: ignore[attr-defined]

        with turning(pump):
            answer = charlie.get(cafe.answer(page))

        assert "can be connected once only" in answer.content.decode()


class TestKey:
    @pytest.fixture
    def acme(self, pump: Pump, simulator: Simulator) -> dict[str, str]:
        """Acme has nothing yet; somebody has an account at Mailchimp."""
        make_tenant()
        account: dict[str, str] = simulator.account("mailchimp", "audience", name="Guests")
        return account

    def test_a_key_connects(self, acme: dict[str, str], pump: Pump) -> None:
        alice = signed_in("alice@acme.test")

        alice.post("/t/acme/connect/mailchimp-key/", {"key": acme["api_key"]})
        pump.drain()

        made = Connection.objects.across_tenants().select_related("grant").get()
        assert (made.name, made.status, made.grant.login) == ("Guests", "active", "api_key")

    def test_a_dead_key_is_replaced_by_a_new_one(
        self, acme: dict[str, str], pump: Pump, simulator: Simulator
    ) -> None:
        alice = signed_in("alice@acme.test")
        alice.post("/t/acme/connect/mailchimp-key/", {"key": acme["api_key"]})
        pump.drain()
        guests = Connection.objects.across_tenants().select_related("grant").get()
        auto_pause(guests, DEAD, at=clock.now())
        fresh = simulator.account("mailchimp", "audience", user=acme["user_id"])["api_key"]

        form = alice.get(generate_reconnect_url(guests)).headers["Location"]
        alice.post(form, {"key": fresh, "connection": str(guests.pk)})
        pump.drain()

        guests.refresh_from_db()
        assert form.startswith("/t/acme/connect/mailchimp-key/")
        assert (guests.status, Connection.objects.across_tenants().count()) == ("active", 1)

    @pytest.mark.parametrize(
        ("key", "words"),
        [
            ("0123456789abcdef0123456789abcdef-us6", "Mailchimp does not know this key."),
            ("what is this", "This is no API key of Mailchimp"),
            ("0123456789abcdef0123456789abcdef-evil.test/us6", "This is no API key of Mailchimp"),
        ],
    )
    def test_a_wrong_key_is_told_in_words(self, key: str, words: str, acme: dict[str, str]) -> None:
        answer = signed_in("alice@acme.test").post("/t/acme/connect/mailchimp-key/", {"key": key})

        assert (answer.status_code, words in answer.content.decode()) == (422, True)
        assert not SignIn.objects.across_tenants().exists()
