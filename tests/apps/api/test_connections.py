"""Connections by API: how they stand, what may be done with them, what happened to them."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.connections.actions.disconnect import disconnect
from apps.connections.models import Connection, Credential
from apps.core import clock
from apps.core.ids import uuid7
from apps.errors.classification import Classification
from apps.errors.classifier import classify_partner_error
from apps.events.models import Event
from apps.events.verbs import VERBS
from apps.jobs.models import Hold, Job
from apps.recovery import timeline
from apps.recovery.actions.auto_pause import auto_pause
from apps.recovery.actions.pause import pause
from apps.recovery.actions.resume import resume
from apps.tenants import flags
from apps.tenants.choices import Flag
from tests.apps.api.test_jobs import ask
from tests.make import make_connection, make_publish, make_tenant
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
OPERATE = ("read", "operate")
GONE = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 458}})
DEAD = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 460}})
UNALLOWED = classify_partner_error("meta", 403, {"error": {"code": 200}})
VERBS_OF_ONE = ("pause", "resume", "health-check", "backfill")
READS_OF_ONE = ("", "/reconnect-url", "/timeline", "/backfill")
MET = sorted(
    verb
    for verb in VERBS.names()
    if verb.startswith(("connection.", "job.", "error.", "breaker.", "incident.hit"))
    and verb not in {"error.resolved", "error.edited"}  # of dead letters
)


@pytest.fixture
def cafe(simulator: Simulator) -> Connection:
    """Acme's page; Charlie's Globex beside it."""
    make_tenant("Globex", "charlie@globex.test")
    return make_connection(make_tenant()[0], simulator.account("meta", "page"))


def one(cafe: Connection, what: str = "", *, tenant: Any = None, scopes: Any = OPERATE, **body: Any) -> Any:
    """POST something to a connection."""
    path = f"connections/{cafe.pk}/{what}"
    return ask(tenant or cafe.tenant, path=path, scopes=scopes, **body)


def look(cafe: Connection, what: str = "") -> Any:
    """GET something of a connection."""
    return ask(cafe.tenant, "get", f"connections/{cafe.pk}{what}")


def now(cafe: Connection) -> Connection:
    """Return it as it is now."""
    return Connection.objects.across_tenants().get(pk=cafe.pk)


class TestList:
    def test_says_what_stopped_why_since_when_and_whose_turn_it_is(self, cafe: Connection) -> None:
        make_publish(cafe)
        auto_pause(cafe, DEAD, at=clock.now())

        (seen,) = ask(cafe.tenant, "get", "connections?status=attention").json()["connections"]

        assert seen == look(cafe).json()
        assert (seen["status"], seen["needs"], seen["code"], seen["waiting"]) == (
            "attention",
            "you",
            "AUTH_INVALID",
            1,
        )
        assert seen["sentence"].startswith("Facebook no longer lets us post")
        assert seen["since"] == now(cafe).paused_at.isoformat()  # type: ignore[union-attr]
        assert seen["reconnect_url"].startswith(f"{settings.PUBLIC_URL}/api/oauth/meta/start?reconnect=true")

    def test_names_what_was_not_allowed_and_where_to_allow_it(self, cafe: Connection) -> None:
        Credential.objects.filter(connection=None).update(scopes=["pages_show_list", "pages_read_engagement"])

        seen = look(cafe).json()

        assert (seen["status"], seen["sentence"], seen["missing_scopes"], seen["missing_permissions"]) == (
            "active",
            None,
            ["pages_manage_posts"],
            ["post on your Page"],
        )
        assert seen["reconnect_url"].endswith("scope_fix=true")

    def test_comes_in_pages_and_by_filter(self, cafe: Connection, simulator: Simulator) -> None:
        other = make_connection(cafe.tenant, simulator.account("meta", "page"), name="Harbour Bar")
        auto_pause(other, DEAD, at=clock.now())

        first = ask(cafe.tenant, "get", "connections?limit=1&platform=meta").json()
        second = ask(cafe.tenant, "get", f"connections?limit=1&cursor={first['next_cursor']}").json()
        works = ask(cafe.tenant, "get", "connections?status=active").json()

        assert [row["name"] for row in first["connections"] + second["connections"]] == [
            "Harbour Bar",
            "Harbour Cafe",
        ]
        assert second["next_cursor"] is None
        assert [row["name"] for row in works["connections"]] == ["Harbour Cafe"]

    def test_a_question_that_is_none_is_refused_with_every_field(self, cafe: Connection) -> None:
        answer = ask(cafe.tenant, "get", "connections?status=broken&platform=myspace&limit=0&cursor=7")

        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        assert [problem["field"] for problem in answer.json()["fields"]] == [
            "status",
            "platform",
            "limit",
            "cursor",
        ]

    @pytest.mark.parametrize(
        ("path", "most"),
        [("connections", 12), ("connections/{one}/timeline", 8), ("connections/{one}/backfill", 18)],
    )
    def test_costs_the_same_number_of_queries_however_many(
        self, path: str, most: int, cafe: Connection, simulator: Simulator
    ) -> None:
        late = clock.now() - timedelta(minutes=5)
        make_publish(cafe, due_at=late)
        acme, path = cafe.tenant, path.format(one=cafe.pk)
        with CaptureQueriesContext(connection) as few:
            ask(acme, "get", path)
        for number in range(3):
            more = make_connection(cafe.tenant, simulator.account("meta", "page"))
            auto_pause(more, UNALLOWED, at=clock.now())
            make_publish(cafe, f"Post {number}", due_at=late)

        with CaptureQueriesContext(connection) as many:
            ask(acme, "get", path)

        # Six of them are the key's: made for the test, looked up, marked as used.
        assert len(many) == len(few) <= most


class TestPause:
    def test_holds_what_waits_until_a_resume(self, cafe: Connection) -> None:
        paused = one(cafe, "pause", why="The campaign is over.")
        held = Hold.objects.filter(scope=f"lane:{cafe.lane_key}", closed_at=None).count()
        resumed = one(cafe, "resume", backfill=False)

        assert (paused.status_code, paused.json()["status"], paused.json()["needs"], held) == (
            200,
            "paused",
            "operations",
            1,
        )
        assert (resumed.status_code, resumed.json()["status"], resumed.json()["also_resumed"]) == (
            200,
            "active",
            [],
        )
        told = Event.objects.filter(verb__in=["connection.paused", "connection.resumed"])
        assert {event.actor.partition(":")[0] for event in told} == {"key"}

    @pytest.mark.parametrize("refused", [DEAD, GONE], ids=["attention", "revoked"])
    def test_what_the_partner_refused_is_not_resumed_but_reconnected(
        self, cafe: Connection, refused: Classification
    ) -> None:
        auto_pause(cafe, refused, at=clock.now())
        before = Connection.objects.across_tenants().get(pk=cafe.pk).status

        answer = one(cafe, "resume")

        assert (answer.status_code, answer.json()["code"]) == (409, "reconnect_needed")
        assert Connection.objects.across_tenants().get(pk=cafe.pk).status == before

    def test_of_what_is_stopped_is_a_conflict_and_so_is_a_resume_of_what_works(
        self, cafe: Connection
    ) -> None:
        early = one(cafe, "resume")
        auto_pause(cafe, DEAD, at=clock.now())
        late = one(cafe, "pause")

        assert (early.status_code, early.json()["code"]) == (409, "connection_not_stopped")
        assert (late.status_code, late.json()["code"]) == (409, "connection_not_active")
        assert late["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize(
        ("what", "body", "fields"),
        [
            ("pause", {"why": 7, "until": "Friday"}, ["until", "why"]),
            ("pause", {"why": "x" * 501}, ["why"]),
            ("pause", {"why": "\ud800"}, ["why"]),
            ("resume", {"backfill": "yes", "now": True}, ["now", "backfill"]),
            ("health-check", {"deep": True}, ["deep"]),
            ("backfill", {"also": ["7"], "all": True}, ["all", "options.also"]),
            ("backfill", {"idempotency_key": ""}, ["idempotency_key"]),
        ],
    )
    def test_names_every_wrong_field(
        self, what: str, body: dict[str, Any], fields: list[str], cafe: Connection
    ) -> None:
        answer = one(cafe, what, **body)

        assert (answer.status_code, [problem["field"] for problem in answer.json()["fields"]]) == (
            422,
            fields,
        )
        assert not Event.objects.filter(verb="connection.paused").exists()


class TestHealthCheck:
    def test_asked_twice_is_one_job_until_it_has_ended(self, cafe: Connection) -> None:
        first, second = one(cafe, "health-check"), one(cafe, "health-check")
        Connection.objects.across_tenants().update(last_health_check=clock.now())
        third = one(cafe, "health-check")

        assert (first.status_code, second.status_code, third.status_code) == (201, 200, 201)
        assert first.json()["id"] == second.json()["id"] != third.json()["id"]
        job = Job.objects.across_tenants().get(pk=first.json()["id"])
        assert (job.kind, job.connection, job.actor.partition(":")[0]) == ("health_check", cafe.pk, "key")

    def test_of_a_disconnected_account_is_a_conflict(self, cafe: Connection) -> None:
        disconnect(cafe, actor="user:alice", at=clock.now())

        answer = one(cafe, "health-check")

        assert (answer.status_code, answer.json()["code"]) == (409, "connection_disconnected")


class TestReconnectUrl:
    @pytest.mark.parametrize(
        ("query", "granted", "asks"),
        [
            ("", ["pages_show_list"], True),
            ("?scope_fix=false", ["pages_show_list"], False),
            ("?scope_fix=true", None, True),
            ("", None, False),
        ],
    )
    def test_asks_for_what_is_missing(
        self, query: str, granted: list[str] | None, asks: bool, cafe: Connection
    ) -> None:
        if granted:
            Credential.objects.filter(connection=None).update(scopes=granted)

        answer = look(cafe, f"/reconnect-url{query}").json()

        assert f"prev_connection={cafe.pk}" in answer["reconnect_url"]
        assert ("scope_fix=true" in answer["reconnect_url"], bool(answer["missing_scopes"])) == (
            asks,
            bool(granted),
        )

    def test_is_refused_where_somebody_else_reconnects(self, cafe: Connection) -> None:
        auto_pause(cafe, DEAD, at=clock.now())
        flags.switch(
            tenant=cafe.tenant_id, flag=Flag.RECONNECT_WIZARD, on=False, actor="staff:olga", at=clock.now()
        )

        answer, seen = look(cafe, "/reconnect-url"), look(cafe).json()

        assert (answer.status_code, answer.json()["code"]) == (403, "reconnect_wizard_off")
        assert (seen["needs"], seen["reconnect_url"]) == ("operations", None)
        assert "Please ask whoever looks after Reknit" in seen["sentence"]

    def test_refuses_what_is_neither_true_nor_false(self, cafe: Connection) -> None:
        answer = look(cafe, "/reconnect-url?scope_fix=maybe")

        assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, "scope_fix")


class TestTimeline:
    def test_tells_what_happened_newest_first_and_who_did_it(self, cafe: Connection) -> None:
        auto_pause(cafe, DEAD, at=clock.now())
        resume(cafe, actor="staff:olga", at=clock.now())

        first = look(cafe, "/timeline?limit=2").json()
        second = look(cafe, f"/timeline?limit=2&cursor={first['next_cursor']}").json()

        events = first["events"] + second["events"]
        assert [event["event"] for event in events] == [
            "connection.resumed",
            "connection.paused",
            "connection.connected",
        ]
        assert [event["actor"].partition(":")[0] for event in events] == ["staff", "system", "user"]
        assert events[1]["sentence"].startswith("Posts stopped. Facebook no longer lets us post")
        assert events[1]["facts"] == {"code": "AUTH_INVALID", "rule": "meta.190.session", "by": "auto"}

    def test_keeps_an_operators_note_and_name_to_the_house(self, cafe: Connection) -> None:
        pause(cafe, why="Suspected fraud.", actor="staff:olga", at=clock.now())

        newest = look(cafe, "/timeline").json()["events"][0]

        assert (newest["event"], newest["actor"], newest["facts"]) == (
            "connection.paused",
            "staff",
            {"by": "ops"},
        )

    @pytest.mark.parametrize("verb", MET)
    def test_has_plain_words_for_everything_that_an_account_meets(self, verb: str) -> None:
        data = {"family": "availability", "platform": "meta", "kind": "publish", "code": "AUTH_EXPIRED"}

        said = timeline.sentence(
            Event(verb=verb, actor="system:engine", data=data),
            Connection(platform="meta", account_type="page"),
        )

        assert verb in timeline.TOLD
        assert said[0].isupper()
        assert said.endswith(".")
        assert not {"_", "{", "AUTH"} & {*said, *said.split()}


class TestCharlie:
    def test_sees_and_moves_nothing_of_acme(self, cafe: Connection) -> None:
        globex = type(cafe.tenant).objects.get(slug="globex")

        reads = [ask(globex, "get", f"connections/{cafe.pk}{what}") for what in READS_OF_ONE]
        writes = [one(cafe, what, tenant=globex) for what in VERBS_OF_ONE]

        assert {answer.status_code for answer in reads + writes} == {404}
        assert ask(globex, "get", "connections").json() == {"connections": [], "next_cursor": None}
        assert now(cafe).status == "active"

    @pytest.mark.parametrize("what", VERBS_OF_ONE)
    def test_a_key_that_may_only_publish_changes_no_connection(self, what: str, cafe: Connection) -> None:
        answer = one(cafe, what, scopes=("read", "publish"))

        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")

    def test_an_unknown_connection_looks_the_same(self, cafe: Connection) -> None:
        assert ask(cafe.tenant, "get", f"connections/{uuid7()}").status_code == 404
