"""The Posts page: where each post is and why, in plain words, and the answers that only a person can give."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Job
from apps.recovery.actions.auto_pause import auto_pause
from apps.tenants.models import Tenant
from tests.browsers import signed_in
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe(simulator: Simulator) -> Connection:
    """Acme's page."""
    tenant, _ = make_tenant()
    make_tenant("Globex", "charlie@globex.test")
    return make_connection(tenant, simulator.account("meta", "page"), name="Harbour Cafe")


def make(cafe: Connection, text: str = "Autumn menu", **columns: Any) -> Job:
    """Make a post that is in this state."""
    job = make_publish(cafe, text)
    if columns:
        Job.objects.across_tenants().filter(pk=job.pk).update(**columns)
    return job


def page(query: str = "", who: str = "alice@acme.test", team: str = "acme") -> str:
    """Return what somebody reads there."""
    return signed_in(who).get(f"/t/{team}/posts/{query}").content.decode()


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "It goes out in a moment."),
        ({"state": JobState.SUCCEEDED, "finished_at": clock.real_now}, "It is out."),
        (
            {"state": JobState.FAILED, "finished_at": clock.real_now, "error_code": "CONTENT_POLICY"},
            "Facebook refused this post because of its rules.",
        ),
        ({"state": JobState.DEAD, "finished_at": clock.real_now}, "We tried and could not do it."),
        ({"state": JobState.CANCELLED, "finished_at": clock.real_now}, "It was taken out before it went."),
        ({"state": JobState.HELD, "held_for": HeldFor.APPROVAL}, "It is late. Shall it still go out?"),
        ({"state": JobState.HELD, "held_for": HeldFor.OPS}, "Our team looks at it before it goes out."),
        ({"throttles": 1, "run_at": lambda: clock.real_now() + timedelta(hours=1)}, "asks us to slow down"),
        ({"run_at": lambda: clock.real_now() + timedelta(hours=1)}, "It is planned."),
        (
            {"state": JobState.VERIFYING, "unknown_since": clock.real_now},
            "We look whether it is there before we do anything else.",
        ),
    ],
)
def test_says_where_a_post_is_and_why(columns: dict[str, Any], words: str, cafe: Connection) -> None:
    make(cafe, **{name: one() if callable(one) else one for name, one in columns.items()})

    assert words in page()


def test_what_a_drill_publishes_is_none_of_the_tenants_posts(cafe: Connection) -> None:
    make(cafe, "Autumn menu")
    make(cafe, "Drill 7e8b no. 1", passes=[HoldReason.DRILL])

    seen = page()

    assert "Autumn menu" in seen
    assert "Drill 7e8b" not in seen


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "due 27 November 2026, 04:40 UTC"),
        ("Europe/Berlin", "due 27 November 2026, 05:40 CET"),
        ("America/Sao_Paulo", "due 27 November 2026, 01:40 Sao Paulo time"),
    ],
)
def test_times_go_by_the_clock_of_the_tenant(zone: str, words: str, cafe: Connection) -> None:
    Tenant.objects.filter(pk=cafe.tenant_id).update(time_zone=zone)
    make(cafe, due_at=datetime(2026, 11, 27, 4, 40, tzinfo=UTC))

    assert words in page()


def test_a_post_of_a_stopped_account_names_the_remedy_and_no_jargon(cafe: Connection) -> None:
    make(cafe)
    auto_pause(cafe, classify_partner_error("meta", 400, {"error": {"code": 190}}), at=clock.now())

    seen = page()
    read = re.sub(r"<[^>]*>", " ", seen)

    assert "Its account is stopped. It goes out when that works again." in seen
    assert '<a href="/t/acme/">Reconnect it</a>' in seen
    assert not re.search(r"\b(lane|job|AUTH_\w+|[0-9a-f]{8}-[0-9a-f]{4}-)\b", read)


@pytest.mark.parametrize(
    ("held_for", "said", "state"),
    [
        (HeldFor.APPROVAL, "publish", JobState.QUEUED),
        (HeldFor.APPROVAL, "skip", JobState.CANCELLED),
        (HeldFor.UNCONFIRMED, "it_is_there", JobState.SUCCEEDED),
        (HeldFor.UNCONFIRMED, "send_again", JobState.QUEUED),
    ],
)
def test_takes_the_word_of_a_person(held_for: str, said: str, state: str, cafe: Connection) -> None:
    job = make(cafe, state=JobState.HELD, held_for=held_for, unknown_since=clock.now())
    assert f'value="{said}"' in page("?show=asked")

    answer = signed_in("alice@acme.test").post(
        f"/t/acme/questions/{job.pk}/", {"answer": said, "next": "posts"}
    )

    assert (answer["Location"], reload(job).state) == ("/t/acme/posts/", state)


def test_comes_page_by_page_and_each_post_once(cafe: Connection) -> None:
    for number in range(31):
        make(cafe, f"Menu {number:02}")

    first = page()
    older = re.search(r'href="\?before=([0-9a-f-]+)"', first)
    second = page(f"?before={older.group(1)}") if older else ""

    shown = re.findall(r"Menu \d\d", first), re.findall(r"Menu \d\d", second)
    assert shown == ([f"Menu {number:02}" for number in range(30, 0, -1)], ["Menu 00"])
    assert page("?before=nonsense&show=nonsense").count("<article") == 30


def test_costs_the_same_however_many_there_are(cafe: Connection) -> None:
    make(cafe, "first")
    alice = signed_in("alice@acme.test")
    alice.get("/t/acme/posts/")
    with CaptureQueriesContext(connection) as few:
        alice.get("/t/acme/posts/")
    for number in range(12):
        make(cafe, f"Menu {number}")

    with CaptureQueriesContext(connection) as many:
        alice.get("/t/acme/posts/")

    assert len(many) == len(few) <= 10


def test_a_new_team_reads_what_will_be_here(cafe: Connection) -> None:
    assert "No posts yet" in page()
    assert "None of these right now" in page("?show=asked")


def test_charlie_sees_none_of_it(cafe: Connection) -> None:
    make(cafe)

    assert "Autumn menu" not in page(who="charlie@globex.test", team="globex")
    assert signed_in("charlie@globex.test").get("/t/acme/posts/").status_code == 404
