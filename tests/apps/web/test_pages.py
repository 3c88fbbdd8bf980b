"""What tenants see, and what strangers do not."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.views.defaults import server_error

from apps.connections.models import Connection, Credential
from apps.core import clock, ids
from apps.errors.classifier import classify_partner_error
from apps.errors.codes import ErrorCode
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.models import Job
from apps.recovery.actions.auto_pause import auto_pause
from apps.recovery.actions.resume import resume
from tests.browsers import signed_in
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe(simulator: Simulator) -> Connection:
    """Acme's page, whose password was changed."""
    tenant, _ = make_tenant()
    make_tenant("Globex", "charlie@globex.test")
    connection = make_connection(tenant, simulator.account("meta", "page"), name="Harbour Cafe")
    dead = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 460}})
    auto_pause(connection, dead, at=clock.now())
    return connection


def test_alice_reads_what_broke_and_has_one_button(cafe: Connection) -> None:
    page = signed_in("alice@acme.test").get("/t/acme/").content.decode()

    assert "Facebook no longer lets us post to <bdi>Harbour Cafe</bdi>." in page
    assert page.count('class="primary"') == 1


def test_pages_that_one_sign_in_brought_and_that_stopped_together_have_one_button_together(
    cafe: Connection,
) -> None:
    bakery = Connection.objects.across_tenants().get(pk=cafe.pk)
    bakery.pk, bakery.external_id, bakery.name = ids.uuid7(), "bakery", "Harbour Bakery"
    bakery.save(force_insert=True)
    for one in (cafe, bakery):
        make_publish(one)

    page = signed_in("alice@acme.test").get("/t/acme/").content.decode()

    assert re.search(r"post to <bdi>Harbour (Cafe|Bakery)</bdi> and 1 other account\.", page)
    assert "· 2 posts wait ·" in page
    assert page.count('class="primary"') == 1


def test_the_page_shows_no_code_and_no_id_to_read(cafe: Connection) -> None:
    page = signed_in("alice@acme.test").get("/t/acme/").content.decode()

    assert ">AUTH_INVALID" not in page


def test_a_missing_permission_is_named_and_asked_for_again(cafe: Connection) -> None:
    Credential.objects.filter(connection=None).update(scopes=["pages_show_list", "pages_read_engagement"])
    Connection.objects.across_tenants().update(pause_reason=ErrorCode.PERMISSION_INSUFFICIENT)

    page = signed_in("alice@acme.test").get("/t/acme/").content.decode()

    assert "Facebook needs this permission from you: post on your Page." in page
    assert 'name="scope_fix" value="true"' in page


def test_charlie_does_not_learn_that_acme_exists(cafe: Connection) -> None:
    charlie = signed_in("charlie@globex.test")

    assert charlie.get("/t/acme/").status_code == charlie.get("/t/nobody/").status_code == 404


def test_charlie_cannot_begin_a_reconnect_of_acmes_connection(cafe: Connection) -> None:
    answer = signed_in("charlie@globex.test").get(f"/api/oauth/meta/start?prev_connection={cafe.pk}")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path", ["/t/acme/", "/", "/api/oauth/meta/start", "/api/oauth/meta/callback", "/admin/"]
)
def test_a_stranger_is_asked_to_sign_in(path: str) -> None:
    assert Client().get(path).status_code == 302


def test_a_callback_that_nobody_began_changes_nothing(cafe: Connection) -> None:
    answer = signed_in("alice@acme.test").get("/api/oauth/meta/callback?state=made-up&code=x")

    assert answer.status_code == 409


def test_tenant_people_never_enter_the_console(cafe: Connection) -> None:
    assert signed_in("alice@acme.test").get("/admin/").status_code == 302


def test_every_page_has_a_strict_content_policy() -> None:
    policy = Client().get("/sign-in/")["Content-Security-Policy"]

    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_answers_without_a_sign_in(path: str) -> None:
    assert Client().get(path).status_code == 200


class TestQuestion:
    @pytest.fixture
    def asked(self, cafe: Connection) -> Job:
        """A post of which only a person can say whether it is out."""
        job = make_publish(cafe, "Autumn menu")
        Job.objects.across_tenants().filter(pk=job.pk).update(
            state=JobState.HELD, held_for=HeldFor.UNCONFIRMED, unknown_since=clock.now()
        )
        return job

    def test_is_on_the_page_with_a_link_to_the_account(self, asked: Job) -> None:
        page = signed_in("alice@acme.test").get("/t/acme/").content.decode()

        assert "Is this post on <bdi>Harbour Cafe</bdi>?" in page
        assert "“<bdi>Autumn menu</bdi>”" in page

    @pytest.mark.parametrize(("said", "state"), [("it_is_there", "succeeded"), ("send_again", "queued")])
    def test_is_answered_with_one_click(self, said: str, state: str, asked: Job) -> None:
        signed_in("alice@acme.test").post(f"/t/acme/questions/{asked.pk}/", {"answer": said})

        assert reload(asked).state == state

    def test_charlie_cannot_answer(self, asked: Job) -> None:
        charlie = signed_in("charlie@globex.test")

        for team in ("acme", "globex"):
            answer = charlie.post(f"/t/{team}/questions/{asked.pk}/", {"answer": "it_is_there"})
            assert (answer.status_code, reload(asked).state) == (404, "held")


def test_a_catch_up_shows_its_progress_and_looks_again(cafe: Connection) -> None:
    for number in range(3):
        make_publish(cafe, f"Post {number}", due_at=clock.now() - timedelta(minutes=5))
    resume(cafe, actor="user:alice", at=clock.now())

    page = signed_in("alice@acme.test").get("/t/acme/").content.decode()
    charlies = signed_in("charlie@globex.test").get("/t/globex/").content.decode()

    assert "Catching up: 0 of 3 posts are done" in page
    assert '<progress value="0" max="3"' in page
    assert ('http-equiv="refresh"' in page, "Catching up" in charlies) == (True, False)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: Client().get("/nowhere/"), "This page is not here"),
        (lambda: Client(enforce_csrf_checks=True).post("/sign-in/", {}), "This page was open for too long"),
    ],
)
def test_what_goes_wrong_is_told_in_our_own_words(answer: Callable[[], Any], words: str) -> None:
    page = answer()

    assert page.status_code in {403, 404}
    assert words in page.content.decode()


def test_our_own_failure_is_told_without_a_database() -> None:
    page = server_error(RequestFactory().get("/"))

    assert (page.status_code, "Something broke on our side" in page.content.decode()) == (500, True)
