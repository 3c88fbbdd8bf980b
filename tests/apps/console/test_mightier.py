"""What a right over people reaches: never somebody mightier, and never a password."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from apps.tenants.models import User
from tests.browsers import signed_in

pytestmark = pytest.mark.django_db
USERS = "/admin/tenants/user/"


def staff(name: str, *permissions: str, group: str = "", **fields: Any) -> User:
    """Somebody of the staff, with these rights."""
    user = User.objects.create_user(f"{name}@reknit.test", is_staff=True, **fields)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    user.groups.set(Group.objects.filter(name=group))
    return user


def desk() -> Client:
    """Those who look after people, in a group of their own."""
    return signed_in(staff("desk", "view_user", "change_user").email)


def test_a_filter_does_not_spell_out_the_hash_of_a_password() -> None:
    User.objects.create_user("victim@reknit.test", "secret")
    viewer = signed_in(staff("viewer", group="viewer").email)

    hit = viewer.get(f"{USERS}?password__startswith=md5$")

    assert b"victim@reknit.test" not in hit.content


@pytest.mark.parametrize(
    "mightier", [{"is_superuser": True}, {"group": "admin"}, {"group": "admin", "is_active": False}]
)
def test_nobody_takes_over_somebody_mightier(mightier: dict[str, Any]) -> None:
    boss, browser = staff("boss", **mightier), desk()

    taken = browser.post(
        f"{USERS}{boss.pk}/change/", {"email": "desk2@reknit.test", "is_active": "on", "is_staff": "on"}
    )
    said = {"action": "forget_second_factor", "_selected_action": [str(boss.pk)], "confirm": "yes"}
    forgotten = browser.post(USERS, said)

    boss.refresh_from_db()
    assert (taken.status_code, forgotten.status_code, boss.email) == (403, 403, "boss@reknit.test")


def test_nobody_puts_themselves_into_a_mightier_group() -> None:
    browser = desk()
    me = User.objects.get(email="desk@reknit.test")
    admins = Group.objects.get(name="admin")

    said = {"email": me.email, "is_active": "on", "is_staff": "on", "groups": [str(admins.pk)]}
    answer = browser.post(f"{USERS}{me.pk}/change/", said)

    assert answer.status_code == 302
    assert not me.groups.exists()


def test_an_admin_still_looks_after_the_others() -> None:
    bob, ada = staff("bob", group="operator"), signed_in(staff("ada", group="admin").email)
    viewers = Group.objects.get(name="viewer")

    said = {"email": "robert@reknit.test", "is_active": "on", "is_staff": "on", "groups": [str(viewers.pk)]}
    ada.post(f"{USERS}{bob.pk}/change/", said)

    bob.refresh_from_db()
    assert (bob.email, list(bob.groups.all())) == ("robert@reknit.test", [viewers])
