"""The staff's second factor: a password alone opens nothing, a code opens once, paper helps when the phone is gone."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.events.models import Event
from apps.tenants.models import User
from tests.browsers import signed_in
from tests.make import make_tenant

pytestmark = pytest.mark.django_db
PAGE = "/admin/two-factor/"


@pytest.fixture(autouse=True)
def wanted(settings: Any) -> None:
    """As in production."""
    settings.STAFF_TWO_FACTOR = True


@pytest.fixture
def olga(db: None) -> User:
    """An operator."""
    user = User.objects.create_user("olga@reknit.test", "secret-of-olga", is_staff=True)
    user.groups.add(Group.objects.get(name="operator"))
    return user


def password_only() -> Client:
    """A browser that has signed in at the console's own door with the password."""
    browser = Client()
    browser.post("/admin/login/", {"username": "olga@reknit.test", "password": "secret-of-olga"})
    return browser


def code(user: User, *, later: int = 0) -> str:
    """Return what the phone shows, so many half minutes later."""
    device = TOTPDevice.objects.get(user=user)
    phone = TOTP(device.bin_key, device.step, device.t0, device.digits, drift=later)
    return f"{phone.token():06d}"


def set_up(user: User) -> tuple[Client, list[str]]:
    """Set the second factor up, and return the codes on paper, too."""
    browser = password_only()
    browser.get(PAGE)
    shown = browser.post(PAGE, {"token": code(user)})
    return browser, shown.context["codes"]


def test_a_password_alone_opens_nothing(olga: User) -> None:
    browser = password_only()

    answers = [browser.get(path) for path in ("/admin/", "/admin/jobs/job/", "/admin/now/", "/admin/paused/")]

    assert {answer.status_code for answer in answers} == {302}
    assert browser.get("/admin/", follow=True).request["PATH_INFO"] == PAGE


def test_a_phone_is_set_up_at_the_first_sign_in(olga: User) -> None:
    browser, paper = set_up(olga)

    assert (browser.get("/admin/").status_code, len(set(paper))) == (200, 10)
    assert Event.objects.get(verb="staff.two_factor_set").actor == f"staff:{olga.pk}"


def test_the_next_sign_in_asks_for_the_phone_and_leads_to_what_was_wanted(olga: User) -> None:
    set_up(olga)
    browser = password_only()

    asked = browser.get("/admin/paused/", follow=True)
    opened = browser.post(
        asked.request["PATH_INFO"] + "?" + asked.request["QUERY_STRING"], {"token": code(olga, later=1)}
    )

    assert ("secret" in asked.context, opened["Location"]) == (False, "/admin/paused/")
    assert browser.get("/admin/paused/").status_code == 200


def test_no_code_opens_twice(olga: User) -> None:
    _, paper = set_up(olga)
    taken = code(olga, later=1)

    statuses = [password_only().post(PAGE, {"token": one}).status_code for one in (taken, taken)]
    for device in (TOTPDevice, StaticDevice):
        device.objects.update(throttling_failure_count=0)
    statuses += [password_only().post(PAGE, {"token": one}).status_code for one in (paper[0], paper[0])]

    assert statuses == [302, 422, 302, 422]
    assert StaticToken.objects.count() == 9


def test_who_guesses_waits_even_with_the_right_code(olga: User) -> None:
    set_up(olga)
    browser = password_only()

    browser.post(PAGE, {"token": "000000"})
    right = browser.post(PAGE, {"token": code(olga, later=1)})

    assert (right.status_code, b"too many were tried" in right.content) == (422, True)


def test_leads_nowhere_else(olga: User) -> None:
    set_up(olga)

    answer = password_only().post(f"{PAGE}?next=https://evil.test/", {"token": code(olga, later=1)})

    assert answer["Location"] == "/admin/"


def test_is_not_for_tenants_people_nor_for_strangers(olga: User) -> None:
    make_tenant()

    for browser in (Client(), signed_in("alice@acme.test")):
        assert browser.get(PAGE)["Location"] == "/admin/login/"
    assert not TOTPDevice.objects.exists()


def test_a_lost_one_is_forgotten_by_an_admin_and_set_up_anew(olga: User) -> None:
    set_up(olga)
    ada = User.objects.create_superuser("ada@reknit.test", "secret-of-ada")
    browser = signed_in(ada.email)
    browser.get(PAGE)
    browser.post(PAGE, {"token": code(ada)})

    browser.post(
        "/admin/tenants/user/",
        {"action": "forget_second_factor", "_selected_action": [str(olga.pk)], "confirm": "yes"},
    )

    assert (TOTPDevice.objects.filter(user=olga).exists(), "secret" in password_only().get(PAGE).context) == (
        False,
        True,
    )
    event = Event.objects.get(verb="staff.two_factor_forgotten")
    assert (event.subject, event.actor) == (f"user:{olga.pk}", f"staff:{ada.pk}")


@pytest.mark.parametrize("path", ["otp_totp/totpdevice/", "otp_static/staticdevice/"])
def test_nobody_reads_the_secrets_of_others(path: str, settings: Any) -> None:
    settings.STAFF_TWO_FACTOR = False
    ada = User.objects.create_superuser("ada@reknit.test", "secret-of-ada")

    assert signed_in(ada.email).get(f"/admin/{path}").status_code == 404
