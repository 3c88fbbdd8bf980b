"""How people come into a team, change their place in it, and get back in after a forgotten password."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from apps.core import clock
from apps.events.models import Event
from apps.tenants import keys, queries
from apps.tenants.models import Membership, Tenant
from tests.browsers import signed_in
from tests.make import make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(settings: Any) -> Tenant:
    """Alice's team."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    tenant, _ = make_tenant()
    return tenant


@pytest.fixture
def alice(acme: Tenant) -> Client:
    """Alice's browser."""
    return signed_in("alice@acme.test")


def link_in_mail() -> str:
    """Return the path of the link in the newest mail."""
    found = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def invite_bob(alice: Client, callbacks: Any, role: str = "operator") -> str:
    """Alice invites Bob; return the link in his mail."""
    with callbacks(execute=True):
        alice.post("/t/acme/people/invite/", {"email": "Bob@acme.test", "role": role})
    return link_in_mail()


def role_of(email: str) -> str | None:
    """Return the person's role at Acme."""
    row = Membership.objects.across_tenants().filter(user__email=email, tenant__slug="acme").first()
    return row.role if row else None


def test_bob_joins_by_the_link_in_his_mail(alice: Client, django_capture_on_commit_callbacks: Any) -> None:
    link = invite_bob(alice, django_capture_on_commit_callbacks)

    answer = Client().post(link, {"name": "Bob", "password": "correct horse"})

    assert (answer.status_code, role_of("bob@acme.test")) == (302, "operator")


def test_an_invitation_works_once(alice: Client, django_capture_on_commit_callbacks: Any) -> None:
    link = invite_bob(alice, django_capture_on_commit_callbacks)
    Client().post(link, {"name": "Bob", "password": "correct horse"})

    assert Client().get(link).status_code == 410


def test_an_invitation_ends_after_a_week(alice: Client, django_capture_on_commit_callbacks: Any) -> None:
    link = invite_bob(alice, django_capture_on_commit_callbacks)
    clock.travel(timedelta(days=7, seconds=1))

    assert Client().get(link).status_code == 410


def test_a_newer_invitation_ends_the_older_one(
    alice: Client, django_capture_on_commit_callbacks: Any
) -> None:
    older = invite_bob(alice, django_capture_on_commit_callbacks)
    newer = invite_bob(alice, django_capture_on_commit_callbacks)

    assert (Client().get(older).status_code, Client().get(newer).status_code) == (410, 200)


def test_a_withdrawn_invitation_is_worthless(alice: Client, django_capture_on_commit_callbacks: Any) -> None:
    link = invite_bob(alice, django_capture_on_commit_callbacks)

    alice.post("/t/acme/people/withdraw/", {"email": "bob@acme.test"})

    assert Client().get(link).status_code == 410


def test_charlie_cannot_use_bobs_invitation(alice: Client, django_capture_on_commit_callbacks: Any) -> None:
    make_tenant("Globex", "charlie@globex.test")
    link = invite_bob(alice, django_capture_on_commit_callbacks)

    answer = signed_in("charlie@globex.test").post(link)

    assert (answer.status_code, role_of("charlie@globex.test")) == (409, None)


def test_a_known_person_signs_in_and_joins(alice: Client, django_capture_on_commit_callbacks: Any) -> None:
    make_tenant("Hooli", "bob@acme.test")
    link = invite_bob(alice, django_capture_on_commit_callbacks, "viewer")

    answer = signed_in("bob@acme.test").post(link)

    assert (answer.status_code, role_of("bob@acme.test")) == (302, "viewer")


def test_a_stranger_cannot_set_the_password_of_a_known_person(
    alice: Client, django_capture_on_commit_callbacks: Any
) -> None:
    make_tenant("Hooli", "bob@acme.test")
    link = invite_bob(alice, django_capture_on_commit_callbacks)

    Client().post(link, {"name": "Mallory", "password": "correct horse"})

    assert role_of("bob@acme.test") is None
    signed_in("bob@acme.test")


def test_a_weak_password_is_refused_beside_the_field(
    alice: Client, django_capture_on_commit_callbacks: Any
) -> None:
    link = invite_bob(alice, django_capture_on_commit_callbacks)

    answer = Client().post(link, {"name": "Bob", "password": "short"})

    assert (answer.status_code, b'aria-describedby="id_password-why"' in answer.content) == (422, True)


def test_who_is_in_the_team_already_is_not_invited(alice: Client) -> None:
    answer = alice.post("/t/acme/people/invite/", {"email": "alice@acme.test", "role": "viewer"})

    assert (answer.status_code, b"in your team already" in answer.content) == (409, True)


def test_only_admins_invite(alice: Client, django_capture_on_commit_callbacks: Any) -> None:
    link = invite_bob(alice, django_capture_on_commit_callbacks)
    bob = Client()
    bob.post(link, {"name": "Bob", "password": "correct horse"})

    answer = bob.post("/t/acme/people/invite/", {"email": "mallory@acme.test", "role": "admin"})

    assert (bob.get("/t/acme/people/").status_code, answer.status_code) == (200, 404)


def test_no_browser_keeps_a_page_of_the_team_beyond_the_sign_out(alice: Client) -> None:
    pages = [alice.get(f"/t/acme/{page}") for page in ("", "people/", "posts/", "nothing/")]

    kept = [page.headers.get("Cache-Control", "") for page in pages if page.status_code == 200]

    assert len(kept) == 3
    assert all("no-store" in one and "private" in one for one in kept)


def test_the_last_admin_stays(acme: Tenant, alice: Client) -> None:
    me = queries.members_of(acme.pk)[0]

    alice.post(f"/t/acme/people/{me.pk}/", {"role": "remove"})
    alice.post(f"/t/acme/people/{me.pk}/", {"role": "viewer"})

    assert role_of("alice@acme.test") == "admin"


def test_a_member_of_another_team_is_out_of_reach(alice: Client) -> None:
    globex, _ = make_tenant("Globex", "charlie@globex.test")
    charlie = queries.members_of(globex.pk)[0]

    answer = alice.post(f"/t/acme/people/{charlie.pk}/", {"role": "remove"})

    assert (answer.status_code, len(queries.members_of(globex.pk))) == (404, 1)


def test_each_change_is_in_the_event_log(alice: Client, django_capture_on_commit_callbacks: Any) -> None:
    link = invite_bob(alice, django_capture_on_commit_callbacks)
    Client().post(link, {"name": "Bob", "password": "correct horse"})

    verbs = set(Event.objects.values_list("verb", flat=True))

    assert verbs >= {"member.invited", "member.joined"}


def test_alice_sets_a_new_password_by_mail(acme: Tenant) -> None:
    Client().post("/password/", {"email": "alice@acme.test"})
    browser = Client()
    form = browser.get(link_in_mail(), follow=True).redirect_chain[-1][0]

    browser.post(form, {"new_password1": "correct horse", "new_password2": "correct horse"})

    assert browser.get("/t/acme/").status_code == 200
    answer = Client().post("/sign-in/", {"username": "alice@acme.test", "password": "correct horse"})
    assert answer.status_code == 302


def test_the_link_for_a_new_password_leads_to_our_public_address_whatever_the_request_says(
    acme: Tenant, settings: Any
) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://reknit.example.com", [".example.com"]

    Client().post("/password/", {"email": "alice@acme.test"}, headers={"Host": "taken-over.example.com"})

    assert "https://reknit.example.com/password/" in str(mail.outbox[-1].body)
    assert "taken-over" not in str(mail.outbox[-1].body)


def test_the_answer_does_not_say_whether_we_know_an_address(acme: Tenant) -> None:
    known, unknown = (
        Client().post("/password/", {"email": address}, follow=True)
        for address in ("alice@acme.test", "nobody@acme.test")
    )

    assert known.content == unknown.content


def test_ten_wrong_passwords_close_the_door_for_a_while(acme: Tenant) -> None:
    for _ in range(10):
        Client().post("/sign-in/", {"username": "alice@acme.test", "password": "wrong"})

    answer = Client().post("/sign-in/", {"username": "alice@acme.test", "password": "secret"})

    assert (answer.status_code, b"Too many tries" in answer.content) == (429, True)


def test_bobs_sign_in_is_not_closed_by_alices_wrong_passwords(acme: Tenant) -> None:
    make_tenant("Hooli", "bob@acme.test")
    for _ in range(10):
        Client().post("/sign-in/", {"username": "alice@acme.test", "password": "wrong"})

    answer = Client().post("/sign-in/", {"username": "bob@acme.test", "password": "secret"})

    assert answer.status_code == 302


def test_a_rotated_key_overlaps_with_its_successor(acme: Tenant) -> None:
    at = clock.now()
    old, old_secret = keys.issue(tenant=acme.pk, name="CI", scopes=["read"], at=at)
    _, new_secret = keys.rotate(key=old, at=at)
    tomorrow = at + timedelta(hours=25)

    assert keys.verify(old_secret, at=at).pk == old.pk
    assert keys.verify(new_secret, at=tomorrow).scopes == ["read"]
    with pytest.raises(keys.KeyExpired):
        keys.verify(old_secret, at=tomorrow)
