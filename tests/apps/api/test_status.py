"""What a host product's banner asks every few seconds: told once, then only when it changes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.connections import credentials
from apps.connections.connectors.interface import TokenSet
from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.jobs.models import Lane
from apps.recovery.actions.auto_pause import auto_pause
from apps.recovery.actions.close_incident import close_incident
from apps.recovery.actions.hold_hits import NewHit
from apps.recovery.actions.open_incident import open_incident
from apps.recovery.actions.pause import pause
from apps.recovery.actions.resume import resume
from apps.recovery.choices import Family, IncidentEnd
from apps.recovery.incidents import Cause
from apps.recovery.models import Incident
from apps.tenants import flags, keys
from apps.tenants.choices import Flag
from apps.tenants.models import Tenant
from tests.make import make_connection, make_publish, make_tenant
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
DEAD = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 460}})
UNALLOWED = classify_partner_error("meta", 403, {"error": {"code": 200}})
GONE = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 458}})


@pytest.fixture
def cafe(simulator: Simulator) -> Connection:
    """Acme's page; Charlie's Globex beside it."""
    make_tenant("Globex", "charlie@globex.test")
    return make_connection(make_tenant()[0], simulator.account("meta", "page"))


def banner(tenant: Tenant) -> Client:
    """Return a caller with a key of the tenant that may only read."""
    now = clock.now()
    end = now + timedelta(days=1)
    _, secret = keys.issue(tenant=tenant.pk, name="banner", scopes=["read"], at=now, expires_at=end)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def ask(client: Client, tag: str = "") -> Any:
    """Ask as a banner does that has seen an answer with this tag."""
    return client.get("/api/connections/status", headers={"If-None-Match": tag} if tag else {})


def incident(cafe: Connection, family: Family) -> Incident:
    """Open an incident that holds the page."""
    lane, at = Lane.objects.across_tenants().get(key=cafe.lane_key), clock.now()
    hit = NewHit(lane.pk, lane.key, cafe.tenant_id, cafe.pk, "PARTNER_5XX", "")
    found = open_incident(Cause("meta", family), [hit], codes={"PARTNER_5XX": 1}, first_seen=at, at=at)
    assert found
    return found


def test_is_empty_while_everything_works(cafe: Connection) -> None:
    assert ask(banner(cafe.tenant)).json() == {"needs_you": 0, "connections": []}


def test_names_what_needs_somebody_since_when_why_and_where_to_mend_it(cafe: Connection) -> None:
    auto_pause(cafe, DEAD, at=clock.now())

    answer = ask(banner(cafe.tenant)).json()

    (seen,) = answer["connections"]
    assert (answer["needs_you"], seen["id"], seen["needs"], seen["status"]) == (
        1,
        str(cafe.pk),
        "you",
        "attention",
    )
    assert seen["sentence"].endswith("Reconnect, and your posts go on.")
    assert seen["since"] == Connection.objects.across_tenants().get().paused_at.isoformat()  # type: ignore[union-attr]
    assert seen["reconnect_url"].startswith("http")


@pytest.mark.parametrize("family", [Family.AVAILABILITY, Family.APP])
def test_an_incident_asks_nothing_of_anybody(family: Family, cafe: Connection) -> None:
    incident(cafe, family)

    answer = ask(banner(cafe.tenant)).json()

    (seen,) = answer["connections"]
    assert (answer["needs_you"], seen["needs"], seen["status"], seen["reconnect_url"]) == (
        0,
        "nobody",
        "active",
        None,
    )
    assert (seen["incident"], seen["sentence"].split()[0]) == (family, "Facebook")


def test_what_needs_the_tenants_people_comes_first(cafe: Connection, simulator: Simulator) -> None:
    pause(cafe, why="Olga looks at it.", actor="staff:olga", at=clock.now())
    other = make_connection(cafe.tenant, simulator.account("meta", "page"), name="Harbour Bar")
    auto_pause(other, DEAD, at=clock.now())

    seen = ask(banner(cafe.tenant)).json()["connections"]

    assert [(row["name"], row["needs"]) for row in seen] == [
        ("Harbour Bar", "you"),
        ("Harbour Cafe", "operations"),
    ]


def test_who_has_it_is_told_so_with_as_little_work_as_possible(cafe: Connection) -> None:
    auto_pause(cafe, DEAD, at=clock.now())
    client = banner(cafe.tenant)
    tag = ask(client)["ETag"]
    clock.travel(timedelta(minutes=1))
    make_publish(cafe)  # what waits is not told here

    with CaptureQueriesContext(connection) as queries:
        answer, weak = ask(client, tag), ask(client, f'"old", W/{tag}')

    assert (answer.status_code, answer.content, answer["ETag"], weak.status_code) == (304, b"", tag, 304)
    # For each the time and the key, whose use is noted once; the version's own statement is prepared, and not counted.
    assert len(queries) == 3


def test_a_full_answer_costs_the_same_however_much_is_wrong(cafe: Connection, simulator: Simulator) -> None:
    auto_pause(cafe, DEAD, at=clock.now())
    client = banner(cafe.tenant)
    ask(client)  # the key's use is noted
    with CaptureQueriesContext(connection) as few:
        ask(client)
    for _ in range(3):
        more = make_connection(cafe.tenant, simulator.account("meta", "page"))
        auto_pause(more, DEAD, at=clock.now())
    Connection.objects.across_tenants().update(pause_reason="PERMISSION_INSUFFICIENT")

    with CaptureQueriesContext(connection) as many:
        answer = ask(client)

    assert answer.json()["needs_you"] == 4
    assert len(many) == len(few) <= 9


def close(cafe: Connection) -> None:
    """End the incident."""
    (row,) = Incident.objects.filter(closed_at=None)
    close_incident(row, end=IncidentEnd.OVER, actor="staff:olga", at=clock.now())


def allow_less(cafe: Connection) -> None:
    """Sign in again for another page of the same person, and untick something there."""
    tokens = TokenSet("t", scopes=("pages_show_list",), user_id="u")
    credentials.save(tokens, grant=cafe.grant, at=clock.now())


Step = Callable[[Connection], object]
STORIES: list[tuple[str, list[Step]]] = [
    (
        "a dead token, then a revocation, then a reconnect",
        [
            lambda cafe: auto_pause(cafe, DEAD, at=clock.now()),
            lambda cafe: auto_pause(cafe, GONE, at=clock.now()),
            lambda cafe: resume(cafe, actor="user:alice", at=clock.now()),
        ],
    ),
    ("an incident over the page", [lambda cafe: incident(cafe, Family.AVAILABILITY), close]),
    ("a stopped app", [lambda cafe: incident(cafe, Family.APP), close]),
    (
        "somebody else reconnects",
        [
            lambda cafe: auto_pause(cafe, DEAD, at=clock.now()),
            lambda cafe: flags.switch(
                tenant=cafe.tenant_id, flag=Flag.RECONNECT_WIZARD, on=False, actor="staff:o", at=clock.now()
            ),
        ],
    ),
    (
        "a permission that is missing, and then two",
        [lambda cafe: auto_pause(cafe, UNALLOWED, at=clock.now()), allow_less],
    ),
    (
        "a pause by operations",
        [
            lambda cafe: pause(cafe, why="x", actor="staff:olga", at=clock.now()),
            lambda cafe: auto_pause(cafe, DEAD, at=clock.now()),
        ],
    ),
]


@pytest.mark.parametrize(("_story", "steps"), STORIES, ids=[story for story, _ in STORIES])
def test_whatever_it_tells_anew_has_a_new_tag(_story: str, steps: list[Step], cafe: Connection) -> None:
    client = banner(cafe.tenant)
    before = ask(client)

    for step in steps:
        step(cafe)
        after = ask(client, before["ETag"])

        assert after.status_code == 200
        assert after.json() != before.json()
        before = after


def test_charlie_sees_nothing_of_it_and_his_tag_stays(cafe: Connection) -> None:
    charlie = banner(Tenant.objects.get(slug="globex"))
    tag = ask(charlie)["ETag"]

    auto_pause(cafe, DEAD, at=clock.now())

    assert ask(charlie).json() == {"needs_you": 0, "connections": []}
    assert ask(charlie, tag).status_code == 304


def test_a_stranger_is_refused_in_words() -> None:
    answer = ask(Client())

    assert (answer.status_code, answer.json()["code"]) == (401, "api_key_missing")
