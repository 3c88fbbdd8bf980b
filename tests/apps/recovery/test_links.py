"""Links in e-mails: signed, once, for three days, and only for people of the team."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from apps.core import clock
from apps.recovery.links import reconnect_link
from tests.browsers import signed_in
from tests.journeys import Journey, begin_journey
from tests.make import make_tenant
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe(simulator: Simulator) -> Journey:
    """Acme's stopped page; Charlie's Globex beside it."""
    make_tenant("Globex", "charlie@globex.test")
    return begin_journey(simulator, "meta")


def path_of(link: str) -> str:
    """Return the link's path."""
    return urlsplit(link).path


def test_it_leads_to_the_start_of_the_reconnect(cafe: Journey) -> None:
    answer = cafe.browser.get(path_of(reconnect_link(cafe.connection, clock.now())))

    assert (answer.status_code, str(cafe.connection.pk) in answer.headers["Location"]) == (302, True)
    assert answer.headers["Location"].startswith("/api/oauth/meta/start")


def test_it_asks_for_the_sign_in_and_is_not_used_up_by_that(cafe: Journey) -> None:
    path = path_of(reconnect_link(cafe.connection, clock.now()))

    asked = Client().get(path)
    answer = cafe.browser.get(path)

    assert asked.headers["Location"].startswith("/sign-in/?next=/reconnect/")
    assert answer.headers["Location"].startswith("/api/oauth/")


def test_it_works_once(cafe: Journey) -> None:
    path = path_of(reconnect_link(cafe.connection, clock.now()))
    cafe.browser.get(path)

    answer = cafe.browser.get(path)

    assert (answer.status_code, "This link was used already" in answer.content.decode()) == (410, True)


def test_it_works_for_three_days(cafe: Journey) -> None:
    path = path_of(reconnect_link(cafe.connection, clock.now() - timedelta(hours=72)))

    answer = cafe.browser.get(path)

    assert (answer.status_code, "This link is too old" in answer.content.decode()) == (410, True)


def test_charlie_learns_nothing_from_it(cafe: Journey) -> None:
    path = path_of(reconnect_link(cafe.connection, clock.now()))

    charlie = signed_in("charlie@globex.test")
    answers = [charlie.get(one) for one in (path, "/reconnect/made-up/")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert all("This link is not for you" in answer.content.decode() for answer in answers)
    assert "Harbour" not in answers[0].content.decode()


def test_one_that_was_tampered_with_is_nothing(cafe: Journey) -> None:
    path = path_of(reconnect_link(cafe.connection, clock.now()))

    assert cafe.browser.get(path[:-3] + "AA/").status_code == 404
