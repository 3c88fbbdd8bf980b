"""What is on for a tenant, who switched it, and what that changes."""

from typing import Any

import pytest
from django.test import Client

from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.connectors.meta import capabilities as meta
from apps.connections.models import Connection, SignIn
from apps.connections.sign_ins import Brought
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.events.models import Event
from apps.jobs.choices import JobState
from apps.jobs.models import Hold
from apps.jobs.owners import Finding
from apps.jobs.pump import Pump
from apps.recovery.actions.auto_pause import auto_pause, pause_after
from apps.recovery.weigh import unconnected
from apps.tenants import flags
from apps.tenants.choices import Flag
from apps.tenants.models import Tenant, User
from tests.browsers import signed_in
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


def switch(tenant: Tenant, flag: Flag, *, on: bool) -> bool:
    """Switch as operations do."""
    return flags.switch(tenant=tenant.pk, flag=flag, on=on, actor="staff:olga", at=clock.now())


@pytest.fixture
def acme() -> Tenant:
    """Alice's team; Charlie's Globex beside it."""
    make_tenant("Globex", "charlie@globex.test")
    return make_tenant()[0]


@pytest.fixture
def cafe(acme: Tenant, simulator: Simulator) -> Connection:
    """Acme's page."""
    return make_connection(acme, simulator.account("meta", "page"), name="Harbour Cafe")


class TestFlag:
    @pytest.mark.parametrize("flag", Flag)
    def test_is_on_unless_it_is_for_drills(self, flag: Flag, acme: Tenant) -> None:
        assert flags.enabled(acme.pk, flag) == (flag != Flag.CHAOS_TESTS)

    @pytest.mark.parametrize("flag", Flag)
    def test_is_switched_for_one_tenant_and_back(self, flag: Flag, acme: Tenant) -> None:
        globex = Tenant.objects.get(slug="globex")
        usual = flags.enabled(acme.pk, flag)

        before = switch(acme, flag, on=not usual)

        assert (before, flags.enabled(acme.pk, flag)) == (usual, not usual)
        assert flags.enabled(globex.pk, flag) == usual
        assert (acme in flags.tenants_with(flag), globex in flags.tenants_with(flag)) == (not usual, usual)
        switch(acme, flag, on=usual)
        assert flags.enabled(acme.pk, flag) == usual

    def test_of_many_tenants_is_one_query(self, acme: Tenant, django_assert_num_queries: Any) -> None:
        switch(acme, Flag.RECOVERY_AUTOPAUSE, on=False)
        everybody = list(Tenant.objects.values_list("pk", flat=True))

        with django_assert_num_queries(1):
            off = flags.off_among(everybody, Flag.RECOVERY_AUTOPAUSE)

        assert off == {acme.pk}


class TestConsole:
    @pytest.fixture
    def olga(self) -> Client:
        """A member of the operations staff."""
        User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
        return signed_in("olga@reknit.test")

    def test_switches_and_writes_down_what_was_before(self, olga: Client, acme: Tenant) -> None:
        asked = {"tenant": str(acme.pk), "flag": "CHAOS_TESTS_ENABLED", "on": "1"}

        olga.post("/admin/flags/", asked)

        event = Event.objects.get(verb="flag.switched")
        assert flags.enabled(acme.pk, Flag.CHAOS_TESTS)
        assert event.data == {"flag": "CHAOS_TESTS_ENABLED", "before": False, "after": True}
        assert (event.tenant, event.actor.startswith("staff:")) == (acme.pk, True)

    def test_shows_every_tenant_with_its_switches(self, olga: Client, acme: Tenant) -> None:
        switch(acme, Flag.WEEKLY_SUMMARY, on=False)

        page = olga.get("/admin/flags/?q=acm").content.decode()

        assert 'aria-label="Switch on: Weekly summary, Acme"' in page
        assert "Globex" not in page

    @pytest.mark.parametrize("change", [{"flag": "MADE_UP"}, {"tenant": "nobody"}])
    def test_refuses_what_does_not_exist(self, change: dict[str, str], olga: Client, acme: Tenant) -> None:
        asked = {"tenant": str(acme.pk), "flag": "CHAOS_TESTS_ENABLED", "on": "1", **change}

        assert olga.post("/admin/flags/", asked).status_code == 404

    def test_is_for_who_may_change_tenants(self, acme: Tenant) -> None:
        User.objects.create_user("viktor@reknit.test", is_staff=True)
        asked = {"tenant": str(acme.pk), "flag": "CHAOS_TESTS_ENABLED", "on": "1"}

        answer = signed_in("viktor@reknit.test").post("/admin/flags/", asked)

        assert (answer.status_code, flags.enabled(acme.pk, Flag.CHAOS_TESTS)) == (403, False)


class TestAutoPause:
    def test_off_holds_the_lane_for_operations_and_leaves_the_status(
        self, pump: Pump, cafe: Connection, simulator: Simulator
    ) -> None:
        switch(cafe.tenant, Flag.RECOVERY_AUTOPAUSE, on=False)
        simulator.post("tokens/revoke", platform="meta", user_id=cafe.grant.external_user_id)
        jobs = [make_publish(cafe, f"Post {number}") for number in range(3)]

        pump.drain()

        cafe.refresh_from_db()
        assert (cafe.status, {reload(job).state for job in jobs}) == ("active", {JobState.QUEUED})
        assert Hold.objects.get(closed_at=None).reason == "ops"
        assert Event.objects.get(verb="lane.parked").data["by"] == "autopause_off"
        assert simulator.calls(cafe.external_id, "publish") == 1

    def test_on_pauses(self, cafe: Connection) -> None:
        pause_after([finding(cafe)], at=clock.now())

        cafe.refresh_from_db()
        assert cafe.status == "attention"

    def test_is_asked_about_once_a_batch(self, cafe: Connection, django_assert_max_num_queries: Any) -> None:
        findings = [finding(cafe)] * 50

        with django_assert_max_num_queries(20):
            pause_after(findings, at=clock.now())


def finding(connection: Connection) -> Finding:
    """An answer that says: this token is dead."""
    dead = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 460}})
    return Finding(make_publish(connection, allow_duplicate=True), dead, None)


class TestReconnectWizard:
    @pytest.fixture
    def stopped(self, cafe: Connection) -> Connection:
        """Its password was changed."""
        dead = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 460}})
        auto_pause(cafe, dead, at=clock.now())
        return cafe

    @pytest.mark.parametrize(("on", "buttons"), [(True, 1), (False, 0)])
    def test_off_the_banner_says_whom_to_ask(self, on: bool, buttons: int, stopped: Connection) -> None:
        switch(stopped.tenant, Flag.RECONNECT_WIZARD, on=on)

        page = signed_in("alice@acme.test").get("/t/acme/").content.decode()

        assert page.count('class="primary"') == buttons
        assert ("Please ask whoever looks after Reknit for you" in page) != on

    @pytest.mark.parametrize("on", [True, False])
    def test_off_nothing_that_stopped_can_be_added_as_new(self, on: bool, stopped: Connection) -> None:
        switch(stopped.tenant, Flag.RECONNECT_WIZARD, on=on)
        same = AccountFacts("page", stopped.external_id, stopped.name)
        brought = Brought(TokenSet("token", scopes=meta.SCOPES), (same,))

        offered = unconnected(SignIn(tenant=stopped.tenant, platform="meta"), brought)

        assert offered == ([same] if on else [])

    def test_off_no_key_is_taken_for_a_connection(self, stopped: Connection) -> None:
        switch(stopped.tenant, Flag.RECONNECT_WIZARD, on=False)
        form = {"key": f"{'a' * 32}-us6", "connection": str(stopped.pk)}

        answer = signed_in("alice@acme.test").post("/t/acme/connect/mailchimp-key/", form)

        assert answer.status_code == 403

    @pytest.mark.parametrize(("on", "status"), [(True, 302), (False, 403)])
    def test_off_the_start_answers_in_words(self, on: bool, status: int, stopped: Connection) -> None:
        switch(stopped.tenant, Flag.RECONNECT_WIZARD, on=on)

        answer = signed_in("alice@acme.test").get(f"/api/oauth/meta/start?prev_connection={stopped.pk}")

        assert answer.status_code == status
        assert (b"Please ask whoever looks after Reknit for you" in answer.content) != on
