"""Lists of a hundred thousand rows: the same few queries on every page, none of which counts or skips rows."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.jobs.models import DeadLetter, Job
from apps.recovery.actions.auto_pause import auto_pause_many
from apps.tenants.models import Tenant, User
from tests.browsers import signed_in
from tests.make import make_connection, make_lane, make_letter, make_publish, make_tenant
from tests.scripted import Script
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
DEAD = classify_partner_error("meta", 400, {"error": {"code": 190}})
LISTS = (
    "jobs/job/",
    "jobs/deadletter/",
    "jobs/lane/",
    "events/event/",
    "connections/connection/",
    "tenants/tenant/",
)
PAGES = ("", "now/", "letters/", "paused/", "questions/", "questions/?for=ops")


@pytest.fixture
def olga(db: None) -> Client:
    """A member of the operations staff."""
    User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
    return signed_in("olga@reknit.test")


@pytest.fixture
def acme(simulator: Simulator, script: Script) -> Tenant:
    """A tenant."""
    return make_tenant()[0]


def fill(tenant: Tenant, simulator: Simulator, count: int) -> None:
    """Break so many accounts, each with a job that is held and one that is dead."""
    mine = [
        make_connection(tenant, simulator.account("meta", "page"), name=f"Cafe {number}")
        for number in range(count)
    ]
    for one in mine:
        make_publish(one)
        held = make_publish(one, "Held")
        Job.objects.across_tenants().filter(pk=held.pk).update(
            state="held", held_for="unconfirmed", error_code="UNKNOWN"
        )
        make_letter(tenant, lane=lane_of(one), kind="delete", connection=one.pk)
    auto_pause_many([(one, DEAD) for one in mine], at=clock.now())


def queries(olga: Client, path: str) -> list[str]:
    """Return what a page asks the database."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert olga.get(f"/admin/{path}").status_code == 200
    return [one["sql"] for one in asked.captured_queries]


@pytest.mark.parametrize("path", [*LISTS, *PAGES])
def test_asks_as_much_for_many_rows_as_for_one(
    path: str, olga: Client, acme: Tenant, simulator: Simulator
) -> None:
    fill(acme, simulator, 1)
    queries(olga, path)  # what is read once in a process
    few = queries(olga, path)
    fill(acme, simulator, 4)

    many = queries(olga, path)

    assert len(many) == len(few) <= 30


@pytest.mark.parametrize("path", LISTS)
def test_skips_and_counts_no_rows(path: str, olga: Client, acme: Tenant, simulator: Simulator) -> None:
    fill(acme, simulator, 2)

    asked = " ".join(queries(olga, path))

    assert "OFFSET" not in asked
    assert not re.search(r'SELECT COUNT\(\*\) AS "__count" FROM "(jobs|events|connections)', asked)


def test_turns_pages_without_losing_or_repeating_a_row(
    olga: Client, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.events.listing.ListAdmin.list_per_page", 3)
    letters = [make_letter(acme, lane=make_lane(acme, f"connection:{number}")).pk for number in range(7)]
    seen: list[UUID] = []
    url = "/admin/jobs/deadletter/?error_code=PARTNER_5XX"

    for _ in range(3):
        shown: Any = olga.get(url).context["cl"]
        seen += [row.pk for row in shown.result_list]
        url = f"/admin/jobs/deadletter/{shown.next_page}"

    assert seen == letters[::-1]
    assert (shown.next_key, "error_code=PARTNER_5XX" in shown.first_page) == (None, True)


@pytest.mark.parametrize("key", ["x", "01a21868", "' OR 1=1"])
def test_takes_no_strange_key_for_one(key: str, olga: Client, acme: Tenant) -> None:
    make_letter(acme)

    for path in ("jobs/deadletter/", "questions/", "paused/"):
        assert olga.get(f"/admin/{path}", {"after": key}).status_code == 200


def test_the_paused_are_turned_page_by_page_too(
    olga: Client, acme: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.console.paused.PAGE", 2)
    fill(acme, simulator, 5)
    seen, query = [], ""

    for _ in range(3):
        page = olga.get(f"/admin/paused/?{query}")
        seen += [line.connection.pk for line in page.context["lines"]]
        query = page.context["further"]

    assert seen == list(
        Connection.objects.across_tenants().order_by("paused_at", "pk").values_list("pk", flat=True)
    )


def test_active_filters_can_be_seen_and_taken_off(olga: Client, acme: Tenant) -> None:
    make_letter(acme)

    page = olga.get("/admin/jobs/deadletter/?resolved_at__isempty=1&error_code=PARTNER_5XX")

    chips = {(chip.title, chip.value): chip.without for chip in page.context["cl"].chips}
    assert chips == {
        ("", "Open"): "?error_code=PARTNER_5XX",
        ("Error code", "PARTNER_5XX"): "?resolved_at__isempty=1",
    }
    assert DeadLetter.objects.across_tenants().count() == 1
