"""One box finds anything by what people have in hand, and shows nobody what they may not see."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from apps.connections.models import Connection
from apps.jobs.models import Attempt, Job
from apps.jobs.pump import Pump
from apps.tenants.models import User
from tests.browsers import signed_in
from tests.make import make_connection, make_letter, make_publish, make_tenant
from tests.scripted import Script
from tests.simulator import Simulator


@pytest.fixture
def olga(db: None) -> Client:
    """A member of the operations staff."""
    User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
    return signed_in("olga@reknit.test")


def opened(olga: Client, said: object) -> str:
    """Return the page that is opened at once."""
    answer = olga.get("/admin/find/", {"q": str(said)})
    return str(answer.url) if answer.status_code == 302 else f"none of one: {answer.context['results']}"


@pytest.fixture
def job(pump: Pump, simulator: Simulator) -> Job:
    """A post that went out on Acme's page."""
    cafe = make_connection(make_tenant()[0], simulator.account("meta", "page"), name="مقهى الميناء")
    posted = make_publish(cafe)
    pump.drain()
    Attempt.objects.filter(job=posted).update(request_id="FaG0tDK3mOp")
    return Job.objects.across_tenants().get(pk=posted.pk)


def test_a_post_by_our_id_by_the_partners_and_by_its_request_id(olga: Client, job: Job) -> None:
    page = f"/admin/job/{job.pk}/"

    assert [opened(olga, said) for said in (job.pk, f" {str(job.pk).upper()} ", job.remote_id)] == [page] * 3
    assert "FaG0tDK3mOp" in olga.get("/admin/find/", {"q": "FaG0tDK3mOp"}, follow=True).content.decode()


def test_a_connection_by_name_by_its_id_by_the_partners_and_by_its_sign_in(olga: Client, job: Job) -> None:
    cafe = Connection.objects.across_tenants().get()
    page = f"/admin/connection/{cafe.pk}/"

    assert opened(olga, "الميناء") == opened(olga, cafe.external_id) == page
    assert page in olga.get("/admin/find/", {"q": str(cafe.pk)}).content.decode()  # beside its lane
    assert page in olga.get("/admin/find/", {"q": str(cafe.grant_id)}).content.decode()  # beside the sign-in


@pytest.mark.parametrize(
    ("said", "page"),
    [
        ("alice@acme.test", "/admin/tenants/user/"),
        ("Acme", "/admin/tenants/tenant/"),
        ("auth-revoked", "/admin/runbooks/"),
    ],
)
def test_people_tenants_and_codes(said: str, page: str, olga: Client) -> None:
    make_tenant()

    assert opened(olga, said).startswith(page)


@pytest.mark.parametrize(
    "said", ["", "x", "7f3k-21", "no such thing", "01a21868-44d9-70ae-81e7-0b24db1edd5d"]
)
def test_says_in_words_that_there_is_nothing(said: str, olga: Client) -> None:
    answer = olga.get("/admin/find/", {"q": said})

    assert (answer.status_code, b'class="calm"' in answer.content) == (200, True)


def test_gives_up_in_words_when_no_index_helps_and_it_takes_too_long(
    olga: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.console.find.PATIENCE", 1)
    monkeypatch.setattr("apps.console.find._requests", _sleeps)

    answer = olga.get("/admin/find/", {"q": "FaG0tDK3mOp"})

    assert b"Not found in the time that it may take." in answer.content


def _sleeps(_said: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")
    return []


@pytest.mark.django_db
def test_shows_nobody_what_their_lists_do_not(script: Script) -> None:
    letter = make_letter(make_tenant()[0])
    vera = User.objects.create_user("vera@reknit.test", is_staff=True)
    vera.user_permissions.add(Permission.objects.get(codename="view_job"))

    results = signed_in(vera.email).get("/admin/find/", {"q": "acme"}).context["results"]

    assert results == []
    assert f"/admin/letters/{letter.pk}/" not in opened(signed_in(vera.email), letter.pk)
