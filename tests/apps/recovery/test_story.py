"""The product's spine on one connection: publish, lose the token, hold, reconnect, catch up, and never twice."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.choices import JobState
from apps.jobs.pump import Pump
from tests import consent
from tests.browsers import signed_in
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator
from tests.turning import turning

POSTED_BUT_500 = {
    "effect": "accept_then_answer",
    "status": 500,
    "body": {"error": {"code": 1, "message": "An unknown error has occurred.", "type": "OAuthException"}},
}


@pytest.fixture
def cafe(pump: Pump, simulator: Simulator) -> Connection:
    """Acme's page."""
    tenant, _ = make_tenant()
    return make_connection(tenant, simulator.account("meta", "page", name="Harbour Cafe"))


class TestPublish:
    def test_reaches_the_page_once(self, cafe: Connection, pump: Pump, simulator: Simulator) -> None:
        job = make_publish(cafe)

        pump.drain()

        (row,) = simulator.ledger(cafe.external_id)
        assert (reload(job).remote_id, row["text"]) == (row["remote_id"], "Autumn menu")

    def test_is_found_when_the_partner_answers_500_but_has_posted(
        self, cafe: Connection, pump: Pump, simulator: Simulator
    ) -> None:
        simulator.fault(**POSTED_BUT_500, operation="publish")
        job = make_publish(cafe)

        pump.drain()
        clock.travel(timedelta(seconds=6))
        pump.drain()

        assert (reload(job).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)

    def test_is_found_when_the_connection_is_cut_after_posting(
        self, cafe: Connection, pump: Pump, simulator: Simulator
    ) -> None:
        simulator.fault("accept_then_cut", operation="publish")
        job = make_publish(cafe)

        pump.drain()
        clock.travel(timedelta(seconds=6))
        pump.drain()

        assert (reload(job).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)

    def test_waits_for_a_listing_that_lags(self, cafe: Connection, pump: Pump, simulator: Simulator) -> None:
        simulator.fault(**POSTED_BUT_500, operation="publish")
        simulator.post("lag", platform="meta", seconds=45)
        job = make_publish(cafe)

        for seconds in (0, 6, 25):
            clock.travel(timedelta(seconds=seconds))
            pump.drain()
        simulator.post("lag", platform="meta", seconds=0)
        clock.travel(timedelta(seconds=95))
        pump.drain()

        assert (reload(job).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)

    def test_goes_out_twice_when_that_is_wanted(
        self, cafe: Connection, pump: Pump, simulator: Simulator
    ) -> None:
        make_publish(cafe)
        make_publish(cafe, allow_duplicate=True)

        pump.drain()

        assert len(simulator.ledger(cafe.external_id)) == 2


class TestDeadToken:
    def test_pauses_and_holds_what_waits(self, cafe: Connection, pump: Pump, simulator: Simulator) -> None:
        simulator.post(
            "tokens/revoke", platform="meta", user_id=cafe.grant.external_user_id, mode="password_changed"
        )
        jobs = [make_publish(cafe, f"Post {number}") for number in range(5)]

        pump.drain()

        cafe.refresh_from_db()
        assert (cafe.status, cafe.pause_reason) == (ConnectionStatus.ATTENTION, "AUTH_INVALID")
        assert {reload(job).state for job in jobs} == {JobState.QUEUED}
        assert simulator.calls(cafe.external_id, "publish") == 1

    def test_is_healed_by_a_reconnect_that_catches_up_in_order(
        self, cafe: Connection, pump: Pump, simulator: Simulator
    ) -> None:
        simulator.post(
            "tokens/revoke", platform="meta", user_id=cafe.grant.external_user_id, mode="password_changed"
        )
        jobs = [make_publish(cafe, f"Post {number}") for number in range(5)]
        pump.drain()

        with turning(pump):
            answer = reconnect(cafe)
        pump.drain()

        assert answer.status_code == 302
        assert [row["text"] for row in simulator.ledger(cafe.external_id)] == [
            f"Post {number}" for number in range(5)
        ]
        assert {reload(job).state for job in jobs} == {JobState.SUCCEEDED}

    def test_stays_when_the_person_says_no(self, cafe: Connection, pump: Pump, simulator: Simulator) -> None:
        simulator.post("tokens/revoke", platform="meta", user_id=cafe.grant.external_user_id)
        make_publish(cafe)
        pump.drain()

        answer = reconnect(cafe, decision="deny")

        cafe.refresh_from_db()
        assert (answer.status_code, cafe.status) == (409, ConnectionStatus.REVOKED)

    def test_refuses_another_account(self, cafe: Connection, pump: Pump, simulator: Simulator) -> None:
        other = simulator.account("meta", "page", name="Somebody else", user_name="Ana Silva")
        simulator.post("tokens/revoke", platform="meta", user_id=cafe.grant.external_user_id)
        make_publish(cafe)
        pump.drain()

        answer = reconnect(cafe, user=other["user_id"])

        assert (answer.status_code, "Ana Silva" in answer.content.decode()) == (409, True)


def reconnect(connection: Connection, *, decision: str = "allow", user: str = ""):  # type: ignore[no-untyped-def]
    """Do what Alice does: click Reconnect, answer the partner's form, come back."""
    alice = signed_in("alice@acme.test")
    page = alice.get("/t/acme/").content.decode()
    assert "Reconnect" in page
    start = alice.get(f"/api/oauth/meta/start?reconnect=true&prev_connection={connection.pk}&backfill=on")
    who = user or connection.grant.external_user_id
    back = urlsplit(consent.answer(start.url, user=who, decision=decision))
    return alice.get(f"{back.path}?{back.query}")
