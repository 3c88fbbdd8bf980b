"""Disconnecting: nothing more goes out, our access ends with the grant's last connection, the history stays."""

import pytest

from apps.connections.models import Connection, Credential
from apps.jobs.choices import JobState
from apps.jobs.pump import Pump
from tests.browsers import signed_in
from tests.journeys import INSTAGRAM, KINDS, Journey, begin_journey
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator
from tests.turning import turning


@pytest.fixture
def cafe(pump: Pump, simulator: Simulator) -> Journey:
    """Acme's page."""
    return begin_journey(simulator, "meta", stopped=False)


def click(one: Connection) -> str:
    """Confirm it on the page; return what is said."""
    alice = signed_in("alice@acme.test")
    answer = alice.post(f"/t/acme/connections/{one.pk}/disconnect/", follow=True)
    return answer.content.decode()


def test_asks_first_and_changes_nothing(cafe: Journey) -> None:
    make_publish(cafe.connection)

    page = cafe.browser.get(f"/t/acme/connections/{cafe.connection.pk}/disconnect/").content.decode()

    assert ("cancel 1 planned post" in page, cafe.now().status) == (True, "active")


def test_cancels_what_was_planned_and_keeps_the_rest(cafe: Journey, pump: Pump) -> None:
    out = make_publish(cafe.connection, "Out already")
    pump.drain()
    planned = make_publish(cafe.connection, "Planned")

    said = click(cafe.connection)
    pump.drain()

    assert "1 planned post cancelled" in said
    assert (reload(out).state, reload(planned).state) == (JobState.SUCCEEDED, JobState.CANCELLED)
    assert cafe.now().status == "inactive"


@pytest.mark.parametrize("platform", sorted(set(KINDS) - {"mailchimp", INSTAGRAM}))
def test_the_last_one_ends_our_access_at_the_partner(platform: str, pump: Pump, simulator: Simulator) -> None:
    last = begin_journey(simulator, platform, stopped=False)

    click(last.connection)
    pump.drain()

    assert (simulator.calls("", "revoke"), Credential.objects.exists()) == (1, False)


def test_our_tokens_are_erased_even_when_the_partner_knows_them_no_more(
    cafe: Journey, pump: Pump, simulator: Simulator
) -> None:
    simulator.post("tokens/revoke", platform="meta", user_id=cafe.account["user_id"])

    click(cafe.connection)
    pump.drain()

    assert not Credential.objects.exists()


def test_another_connection_of_the_grant_goes_on(cafe: Journey, pump: Pump, simulator: Simulator) -> None:
    more = simulator.account("meta", "page", user=cafe.account["user_id"], name="Harbour Bar")
    bar = make_connection(cafe.connection.tenant, more, name="Harbour Bar")

    click(cafe.connection)
    job = make_publish(bar)
    pump.drain()

    assert (simulator.calls("", "revoke"), reload(job).state) == (0, JobState.SUCCEEDED)
    assert not Credential.objects.filter(connection=cafe.connection).exists()


def test_it_can_be_connected_again_and_keeps_its_id(cafe: Journey, pump: Pump) -> None:
    click(cafe.connection)
    pump.drain()

    with turning(pump):
        cafe.take()
    job = make_publish(cafe.now())
    pump.drain()

    assert (cafe.now().status, reload(job).state) == ("active", JobState.SUCCEEDED)


def test_charlie_cannot(cafe: Journey) -> None:
    make_tenant("Globex", "charlie@globex.test")
    charlie = signed_in("charlie@globex.test")

    answers = [
        charlie.post(f"/t/{team}/connections/{cafe.connection.pk}/disconnect/").status_code
        for team in ("acme", "globex")
    ]

    assert (answers, cafe.now().status) == ([404, 404], "active")
