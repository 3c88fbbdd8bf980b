"""Operations staff plan, confirm, follow and stop what is done to many at once."""

import json
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.connections.lanes import lane_of
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.jobs.models import DeadLetter, Job
from apps.notifications.models import Notice
from apps.recovery.actions.auto_pause import auto_pause
from apps.recovery.models import Operation
from apps.recovery.operations.slices import advance
from apps.tenants.models import Tenant, User
from tests.browsers import signed_in
from tests.make import make_connection, make_lane, make_letter, make_tenant
from tests.scripted import Script
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(script: Script) -> Tenant:
    """A tenant."""
    return make_tenant()[0]


@pytest.fixture
def olga(db: None) -> Client:
    """A member of the operations staff."""
    User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
    return signed_in("olga@reknit.test")


def choose(olga: Client, action: str, letters: list[DeadLetter], query: str = "", **more: str) -> Any:
    """Tick rows of the list and choose an action."""
    ticked = {"action": action, "_selected_action": [str(one.pk) for one in letters], **more}
    return olga.post(f"/admin/jobs/deadletter/{query}", ticked)


def work_through(operation: Operation) -> None:
    """Be the bulk worker."""
    while advance(operation.pk, at=clock.now()):
        pass


def test_a_replay_is_previewed_confirmed_and_followed(olga: Client, acme: Tenant) -> None:
    letters = [make_letter(acme, lane=make_lane(acme, f"connection:{number}")) for number in range(3)]

    plan = choose(olga, "replay_selected", letters[:2]).url
    preview = olga.get(plan).content.decode()
    begun = olga.post(plan, {"late": "policy"})
    before = olga.get(begun.url).content.decode()
    operation = Operation.objects.across_tenants().get()
    work_through(operation)
    after = olga.get(f"{begun.url}progress/").content.decode()

    assert ("Goes out now" in preview, "Replay dead letters: 2" in preview) == (True, True)
    assert ('hx-trigger="every 2s"' in before, "0 of 2 done" in before) == (True, True)
    assert ("hx-trigger" in after, "2 of 2 done" in after) == (False, True)
    assert Job.objects.for_tenant(acme.pk).filter(parent__isnull=False).count() == 2
    assert olga.get("/admin/recovery/operation/").status_code == 200


def test_nothing_is_done_before_it_is_confirmed(olga: Client, acme: Tenant) -> None:
    letter = make_letter(acme)

    olga.get(choose(olga, "replay_selected", [letter]).url)

    letter.refresh_from_db()
    assert (letter.resolved_at, Operation.objects.across_tenants().count()) == (None, 0)


def test_the_whole_filter_is_taken_not_only_the_page(olga: Client, acme: Tenant) -> None:
    letters = [make_letter(acme, lane=make_lane(acme, f"connection:{number}")) for number in range(3)]
    DeadLetter.objects.across_tenants().filter(pk=letters[0].pk).update(error_code="UNKNOWN")

    plan = choose(olga, "replay_selected", letters[1:2], "?error_code=PARTNER_5XX", select_across="1").url
    olga.post(plan)

    assert Operation.objects.across_tenants().get().total == 2


def test_a_filter_that_operations_do_not_know_is_never_dropped(olga: Client, acme: Tenant) -> None:
    letter = make_letter(acme)

    back = choose(olga, "replay_selected", [letter], "?resolution__exact=", select_across="1")

    assert urlsplit(back.url).path == "/admin/jobs/deadletter/"
    assert not Operation.objects.across_tenants().exists()


def test_putting_aside_needs_a_reason(olga: Client, acme: Tenant) -> None:
    letter = make_letter(acme)
    plan = choose(olga, "resolve_selected", [letter]).url

    refused = olga.post(plan, {"reason": " "})
    olga.post(plan, {"reason": "The campaign is over."})
    work_through(Operation.objects.across_tenants().get())

    letter.refresh_from_db()
    assert (refused.status_code, letter.note) == (422, "The campaign is over.")


def test_it_is_paused_goes_on_and_is_aborted(olga: Client, acme: Tenant) -> None:
    plan = choose(olga, "replay_selected", [make_letter(acme)]).url
    page = olga.post(plan).url

    states = []
    for verb in ("pause", "resume", "abort", "abort"):
        olga.post(f"{page}{verb}/")
        states.append(Operation.objects.across_tenants().get().state)

    assert states == ["paused", "running", "aborted", "aborted"]


def test_asking_for_progress_is_cheap(olga: Client, acme: Tenant) -> None:
    page = olga.post(choose(olga, "replay_selected", [make_letter(acme)]).url).url

    with CaptureQueriesContext(connection) as asked:
        olga.get(f"{page}progress/")

    assert len(asked) <= 4


@pytest.mark.parametrize("query", ["", "?kind=teleport", "?kind=replay&ids=7", "?kind=replay&colour=red"])
def test_a_plan_that_is_none_is_refused_in_words(query: str, olga: Client, acme: Tenant) -> None:
    assert olga.get(f"/admin/operations/plan/{query}").status_code == 302


def test_reconnect_links_go_to_everybody_of_a_filter_once_for_each_sign_in(
    olga: Client, acme: Tenant, simulator: Simulator
) -> None:
    seeded = [simulator.account("meta", "page", user="ana") for _ in range(2)]
    seeded.append(simulator.account("meta", "page", user="ben"))
    for one in [make_connection(acme, one, name=f"Cafe {number}") for number, one in enumerate(seeded)]:
        auto_pause(one, classify_partner_error("meta", 400, {"error": {"code": 190}}), at=clock.now())
    page = olga.get("/admin/paused/?platform=meta").content.decode()

    plan = "/admin/operations/plan/?kind=ask&platform=meta"
    preview = olga.get(plan).content.decode()
    olga.post(plan)
    operation = Operation.objects.across_tenants().get()
    work_through(operation)

    operation.refresh_from_db()
    assert plan.replace("&", "&amp;") in page
    assert "3 connections of 2 sign-ins" in preview
    assert operation.counts == {"told": 2, "left_alone": 1}
    assert Notice.objects.across_tenants().filter(tenant=acme).count() == 2


def test_staff_without_the_permission_see_and_do_nothing(olga: Client, acme: Tenant) -> None:
    letter = make_letter(acme)
    page = olga.post(choose(olga, "replay_selected", [letter]).url).url
    User.objects.create_user("vera@reknit.test", "secret-of-vera", is_staff=True)
    vera = signed_in("vera@reknit.test")

    plan = f"/admin/operations/plan/?kind=replay&ids={letter.pk}"
    answers = [
        vera.get(plan),
        vera.post(plan),
        vera.get(page),
        vera.post(f"{page}abort/"),
        vera.get(f"/admin/letters/{letter.pk}/edit/"),
    ]

    assert {answer.status_code for answer in answers} == {403}


class TestEdit:
    @pytest.fixture
    def letter(self, simulator: Simulator) -> DeadLetter:
        """A post that the partner never took."""
        cafe = make_connection(make_tenant()[0], simulator.account("meta", "page"))
        content = {"format": "text", "text": "Autum menu", "link": "", "media": [], "options": {}}
        args = {"platform": "meta", "account_type": "page", "content": content}
        return make_letter(cafe.tenant, lane=lane_of(cafe), kind="publish", connection=cafe.pk, args=args)

    def test_shows_the_difference_then_replays_and_keeps_both(self, olga: Client, letter: DeadLetter) -> None:
        path = f"/admin/letters/{letter.pk}/edit/"
        content = json.dumps({"format": "text", "text": "Autumn menu"})

        shown = olga.post(path, {"content": content}).content.decode()
        olga.post(path, {"content": content, "confirm": "yes"})

        letter.refresh_from_db()
        replay = Job.objects.across_tenants().get(parent=letter.job_id)
        assert ("Autum menu" in shown, "Autumn menu" in shown) == (True, True)
        assert replay.args["content"]["text"] == "Autumn menu"
        texts = [letter.edit[side]["content"]["text"] for side in ("old", "new")]
        assert texts == ["Autum menu", "Autumn menu"]

    @pytest.mark.parametrize(
        ("content", "status"),
        [("{", 422), ('{"format": "text", "text": ""}', 422), ('{"format": "campaign"}', 422), ("7", 422)],
    )
    def test_checks_it_like_a_new_post(
        self, content: str, status: int, olga: Client, letter: DeadLetter
    ) -> None:
        answer = olga.post(f"/admin/letters/{letter.pk}/edit/", {"content": content, "confirm": "yes"})

        assert (answer.status_code, Job.objects.across_tenants().filter(parent=letter.job_id).count()) == (
            status,
            0,
        )

    def test_refuses_what_may_be_out(self, olga: Client, letter: DeadLetter) -> None:
        Job.objects.across_tenants().filter(pk=letter.job_id).update(unknown_since=clock.now())

        answer = olga.post(
            f"/admin/letters/{letter.pk}/edit/",
            {"content": '{"format": "text", "text": "Autumn menu"}', "confirm": "yes"},
        )

        letter.refresh_from_db()
        assert (answer.status_code, letter.resolved_at) == (409, None)


@pytest.mark.parametrize("kind", ["resume", "redeliver", "ask"])
def test_who_does_it_to_many_must_be_allowed_to_do_it_to_one(kind: str) -> None:
    replayer = User.objects.create_user("replayer@reknit.test", is_staff=True)
    replayer.user_permissions.add(Permission.objects.get(codename="add_operation"))
    browser = signed_in(replayer.email)
    wanted = "endpoints" if kind == "redeliver" else "connections"

    answers = [
        ask(f"/admin/operations/plan/?kind={kind}&{wanted}={uuid4()}") for ask in (browser.get, browser.post)
    ]

    assert [one.status_code for one in answers] == [403, 403]


def test_an_operation_is_not_steered_by_a_word_that_nobody_knows(olga: Client) -> None:
    assert olga.post(f"/admin/operations/{uuid4()}/explode/").status_code == 404
