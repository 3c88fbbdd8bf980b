"""Staff see what one of a tenant's people sees: marked, read-only, for half an hour, and written down."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from apps.connections.models import Connection
from apps.core import clock
from apps.events.models import Event
from apps.jobs.models import Job
from apps.tenants.models import Membership, User
from tests.browsers import signed_in
from tests.make import make_connection, make_tenant
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe(simulator: Simulator) -> Connection:
    """Acme's page; Charlie's Globex beside it."""
    make_tenant("Globex", "charlie@globex.test")
    return make_connection(make_tenant()[0], simulator.account("meta", "page"), name="Harbour Cafe")


def staff(group: str) -> Client:
    """Somebody of the staff."""
    user = User.objects.create_user(f"{group}@reknit.test", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return signed_in(user.email)


def begin(browser: Client, *emails: str) -> Any:
    """Tick these people and confirm."""
    ticked = [str(one.pk) for one in Membership.objects.across_tenants().filter(user__email__in=emails)]
    said = {"action": "see_as", "_selected_action": ticked, "confirm": "yes"}
    return browser.post("/admin/tenants/membership/", said)


def verbs() -> list[str]:
    """Return what was written down about it."""
    return list(
        Event.objects.filter(verb__startswith="staff.view_").order_by("id").values_list("verb", flat=True)
    )


def test_each_page_says_whose_eyes_they_are_and_of_which_team_alone(cafe: Connection) -> None:
    ada = staff("admin")
    before = ada.get("/t/acme/").status_code

    went_to = begin(ada, "alice@acme.test")["Location"]
    seen = ada.get(went_to).content.decode()

    assert (before, went_to) == (404, "/t/acme/")
    assert "as alice@acme.test does" in seen
    assert "Harbour Cafe" in seen
    assert [ada.get(one).status_code for one in ("/t/acme/compose/", "/t/globex/", "/admin/")] == [
        200,
        404,
        200,
    ]


def test_nothing_can_be_changed(cafe: Connection) -> None:
    ada = staff("admin")
    begin(ada, "alice@acme.test")
    start = f"/api/oauth/meta/start?reconnect=true&prev_connection={cafe.pk}"

    answers = [
        ada.post("/t/acme/compose/", {"text": "Autumn menu", "account": str(cafe.pk)}),
        ada.post(f"/t/acme/connections/{cafe.pk}/disconnect/"),
        ada.get(start),
    ]

    assert [one.status_code for one in answers] == [403, 403, 403]
    assert all("You are only looking" in one.content.decode() for one in answers)
    assert not Job.objects.across_tenants().exists()
    assert Connection.objects.across_tenants().get().status == "active"


def test_it_is_ended_by_a_press(cafe: Connection) -> None:
    ada = staff("admin")
    begin(ada, "alice@acme.test")

    answer = ada.post("/see-as/end/")

    assert (answer["Location"], ada.get("/t/acme/").status_code) == ("/admin/", 404)
    assert verbs() == ["staff.view_began", "staff.view_ended"]
    assert Event.objects.get(verb="staff.view_ended").actor.startswith("staff:")


def test_it_ends_by_itself_after_half_an_hour(cafe: Connection) -> None:
    ada = staff("admin")
    begin(ada, "alice@acme.test")

    clock.travel(timedelta(minutes=31))
    status = ada.get("/t/acme/").status_code

    began, ended = Event.objects.filter(verb__startswith="staff.view_").order_by("id")
    assert (status, ended.at) == (404, began.at + timedelta(minutes=30))


def test_it_ends_when_the_right_to_it_does(cafe: Connection) -> None:
    ada = staff("admin")
    begin(ada, "alice@acme.test")

    User.objects.get(email="admin@reknit.test").groups.clear()

    assert ada.get("/t/acme/").status_code == 404
    assert verbs() == ["staff.view_began", "staff.view_ended"]


def test_operators_have_no_such_right_and_nobody_has_two_pairs_of_eyes(cafe: Connection) -> None:
    olga, ada = staff("operator"), staff("admin")

    begin(olga, "alice@acme.test")
    begin(ada, "alice@acme.test", "charlie@globex.test")

    assert [one.get("/t/acme/").status_code for one in (olga, ada)] == [404, 404]
    assert verbs() == []
