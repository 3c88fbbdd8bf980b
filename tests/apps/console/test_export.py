"""A list as a file: the whole filter, streamed, harmless in a spreadsheet, and written down."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from apps.core.export import FORMATS, csv_lines
from apps.events.models import Event
from apps.jobs.models import DeadLetter
from apps.tenants.models import Tenant, User
from tests.apps.console.test_roles import staff
from tests.browsers import signed_in
from tests.make import make_lane, make_letter, make_tenant
from tests.scripted import Script

pytestmark = pytest.mark.django_db
PAGE = "/admin/jobs/deadletter/export"


@pytest.fixture
def acme(db: None, script: Script) -> Tenant:
    """A tenant whose name is a formula."""
    return make_tenant('=HYPERLINK("http://evil.test","Acme")')[0]


@pytest.fixture
def olga(db: None) -> Client:
    """An operator."""
    return staff("operator")


def body(answer: Any) -> str:
    """Read a stream to its end."""
    assert answer.streaming
    return b"".join(answer.streaming_content).decode()


def test_has_every_row_of_the_filter_in_batches(
    olga: Client, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.events.listing.BATCH", 2)
    letters = [make_letter(acme, lane=make_lane(acme, f"connection:{number}")) for number in range(5)]
    DeadLetter.objects.across_tenants().filter(pk=letters[0].pk).update(error_code="UNKNOWN")

    rows = json.loads(body(olga.get(f"{PAGE}/json/?error_code=PARTNER_5XX&after={letters[2].pk}")))

    assert [row["id"] for row in rows] == [str(one.pk) for one in letters[:0:-1]]
    assert (rows[0]["retries"], rows[0]["resolved_at"]) == (8, None)


def test_is_no_formula_for_a_spreadsheet(olga: Client, acme: Tenant) -> None:
    make_letter(acme)

    text = body(olga.get(f"{PAGE}/csv/"))

    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\N{BYTE ORDER MARK}")))
    assert row["tenant__name"].startswith("'=HYPERLINK(")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_text_begins_like_a_formula(cell: str) -> None:
    line = list(csv_lines(["text"], [[cell]]))[-1]

    assert next(csv.reader([line]))[0].startswith("'")


def test_keeps_numbers_and_arabic_as_they_are() -> None:
    line = list(csv_lines(["a", "b", "c"], [[-5, "مقهى", None]]))[-1]

    assert line == "-5,مقهى,\r\n"


@pytest.mark.parametrize("rows", [[], [["Acme"]], [["a"], ["b"]]])
def test_json_is_one_array(rows: list[list[str]]) -> None:
    assert json.loads("".join(FORMATS["json"].lines(["name"], rows))) == [{"name": one[0]} for one in rows]


def test_is_written_down_with_the_filter(olga: Client, acme: Tenant) -> None:
    olga.get(f"{PAGE}/csv/?error_code=UNKNOWN")

    event = Event.objects.get(verb="list.exported")
    assert (event.subject, event.data) == (
        "list:deadletter",
        {"filter": {"error_code": "UNKNOWN"}, "format": "csv"},
    )
    assert event.actor == f"staff:{User.objects.get(email='operator@reknit.test').pk}"


def test_is_not_for_those_who_only_look(acme: Tenant) -> None:
    assert staff("viewer").get(f"{PAGE}/csv/").status_code == 403
    assert signed_in("alice@acme.test").get(f"{PAGE}/csv/").status_code == 302
    assert not Event.objects.filter(verb="list.exported").exists()


def test_of_an_unknown_kind_there_is_none(olga: Client) -> None:
    assert olga.get(f"{PAGE}/xlsx/").status_code == 404
