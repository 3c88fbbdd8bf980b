"""Dead letters and bulk work by API: a dry run first, then an operation that can be followed and steered."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import clock
from apps.core.ids import uuid7
from apps.jobs.actions.hold import rest
from apps.jobs.models import DeadLetter, Hold, Job, Lane, LaneBreaker
from apps.recovery.models import Operation, OperationItem
from apps.recovery.operations.slices import advance
from apps.tenants.models import Tenant
from tests.apps.api.test_jobs import ask
from tests.make import make_lane, make_letter, make_tenant
from tests.scripted import Script

pytestmark = pytest.mark.django_db
OPERATE = ("read", "operate")


@pytest.fixture
def acme(script: Script) -> Tenant:
    """A tenant."""
    return make_tenant()[0]


@pytest.fixture
def globex() -> Tenant:
    """Charlie's tenant."""
    return make_tenant("Globex", "charlie@globex.test")[0]


@pytest.fixture
def letters(acme: Tenant) -> list[DeadLetter]:
    """Three dead letters of Acme."""
    return [make_letter(acme, lane=make_lane(acme, f"connection:{number}")) for number in range(3)]


def work_through(operation: str) -> None:
    """Be the bulk worker."""
    while advance(Operation.objects.across_tenants().get(pk=operation).pk, at=clock.now()):
        pass


class TestReplay:
    @pytest.mark.parametrize("path", ["errors/retry", "dlq/replay"])
    def test_is_an_operation_that_can_be_followed(
        self, path: str, acme: Tenant, letters: list[DeadLetter]
    ) -> None:
        made = ask(acme, path=path, scopes=OPERATE, ids=[str(letters[0].pk), str(letters[1].pk)])
        work_through(made.json()["id"])

        seen = ask(acme, "get", f"errors/retry/{made.json()['id']}").json()
        items = ask(acme, "get", f"operations/{made.json()['id']}/items").json()["items"]
        assert (made.status_code, seen["state"], seen["results"]) == (201, "done", {"replayed": 2})
        assert {item["predicted"] for item in items} == {"publish"}
        assert Job.objects.for_tenant(acme.pk).filter(parent__isnull=False).count() == 2

    @pytest.mark.parametrize(
        ("path", "body"),
        [("dlq/replay/dry-run", {}), ("operations", {"kind": "replay", "dry_run": True})],
    )
    def test_is_tried_dry_first(
        self, path: str, body: dict[str, Any], acme: Tenant, letters: list[DeadLetter]
    ) -> None:
        answer = ask(acme, path=path, scopes=OPERATE, **body).json()

        assert (answer["total"], answer["predictions"]) == (3, {"publish": 3})
        assert answer["quota"][0]["calls"] == 3
        assert not Operation.objects.across_tenants().exists()

    def test_of_nothing_is_done_at_once(self, acme: Tenant) -> None:
        made = ask(acme, path="dlq/replay", scopes=OPERATE).json()

        work_through(made["id"])

        seen = ask(acme, "get", f"operations/{made['id']}").json()
        assert (seen["state"], seen["total"], seen["results"]) == ("done", 0, {})

    def test_with_a_repeated_key_is_the_first_one(self, acme: Tenant, letters: list[DeadLetter]) -> None:
        first, second = (ask(acme, path="dlq/replay", scopes=OPERATE, idempotency_key="k") for _ in range(2))
        other = ask(acme, path="dlq/replay", scopes=OPERATE, idempotency_key="k", late="publish")

        assert (first.status_code, second.status_code, other.status_code) == (201, 200, 409)
        assert first.json()["id"] == second.json()["id"]


class TestResolve:
    @pytest.mark.parametrize("path", ["errors/resolve", "dlq/resolve"])
    def test_needs_a_reason(self, path: str, acme: Tenant, letters: list[DeadLetter]) -> None:
        refused = ask(acme, path=path, scopes=OPERATE)
        made = ask(acme, path=path, scopes=OPERATE, reason="The campaign is over.")
        work_through(made.json()["id"])

        assert (refused.status_code, refused.json()["fields"][0]["field"]) == (422, "options.reason")
        assert {one.note for one in DeadLetter.objects.for_tenant(acme.pk)} == {"The campaign is over."}


class TestRefusal:
    @pytest.mark.parametrize(
        ("_case", "body", "field"),
        [
            ("an unknown kind", {"kind": "teleport"}, "kind"),
            ("a kind that is no word", {"kind": []}, "kind"),
            ("an unknown code", {"kind": "replay", "filter": {"code": "OOPS"}}, "filter.code"),
            ("ids that are none", {"kind": "replay", "filter": {"ids": ["7"]}}, "filter.ids"),
            ("no ids", {"kind": "replay", "filter": {"ids": []}}, "filter.ids"),
            ("an unknown filter", {"kind": "replay", "filter": {"colour": "red"}}, "filter.colour"),
            ("a filter that is none", {"kind": "replay", "filter": [1]}, "filter"),
            (
                "a time without a zone",
                {"kind": "replay", "filter": {"created_after": "2026-11-24"}},
                "filter.created_after",
            ),
            (
                "a time before time",
                {"kind": "replay", "filter": {"created_after": "0001-01-01T00:00:00+14:00"}},
                "filter.created_after",
            ),
            ("half a character", {"kind": "replay", "filter": {"rule": "\ud800"}}, "filter.rule"),
            ("a reason like that", {"kind": "resolve", "options": {"reason": "\ud800"}}, "options.reason"),
            ("an unknown option", {"kind": "replay", "options": {"late": "never"}}, "options.late"),
            ("a backfill of nothing", {"kind": "backfill"}, "filter.connections"),
            ("an unknown field", {"kind": "replay", "dry": True}, "dry"),
            ("a dry run that is none", {"kind": "replay", "dry_run": "yes"}, "dry_run"),
        ],
    )
    def test_names_every_wrong_field(
        self, _case: str, body: dict[str, Any], field: str, acme: Tenant
    ) -> None:
        answer = ask(acme, path="operations", scopes=OPERATE, **body)

        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        assert field in [problem["field"] for problem in answer.json()["fields"]]
        assert not Operation.objects.across_tenants().exists()

    @pytest.mark.parametrize(
        ("method", "path", "body", "field"),
        [
            ("get", "dlq?limit=" + "9" * 5000, {}, "limit"),
            ("post", "errors/classify", {"platform": []}, "platform"),
        ],
    )
    def test_names_what_is_not_even_of_its_type(
        self, method: str, path: str, body: dict[str, Any], field: str, acme: Tenant
    ) -> None:
        answer = ask(acme, method, path, scopes=OPERATE, **body)

        assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, field)

    def test_a_zone_that_no_database_knows_is_read(self, acme: Tenant, letters: list[DeadLetter]) -> None:
        chosen = {"created_after": "2026-11-24T12:00:00+23:59"}

        answer = ask(acme, path="dlq/replay/dry-run", scopes=OPERATE, filter=chosen)

        assert answer.json()["total"] == 3

    @pytest.mark.parametrize("nothing", [[], "", 0, False])
    def test_a_filter_of_the_wrong_type_does_not_mean_everything(
        self, nothing: object, acme: Tenant, letters: list[DeadLetter]
    ) -> None:
        answer = ask(acme, path="dlq/resolve", scopes=OPERATE, filter=nothing, reason="The campaign is over.")

        assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, "filter")

    @pytest.mark.parametrize("path", ["operations", "dlq/replay", "errors/retry", "dlq/resolve"])
    def test_a_key_that_may_only_publish_operates_nothing(self, path: str, acme: Tenant) -> None:
        answer = ask(acme, path=path, scopes=("read", "publish"), kind="replay")

        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


class TestSteering:
    def test_pauses_goes_on_and_aborts(self, acme: Tenant, letters: list[DeadLetter]) -> None:
        made = ask(acme, path="dlq/replay", scopes=OPERATE).json()["id"]

        states = [
            ask(acme, path=f"operations/{made}/{verb}", scopes=OPERATE).json().get("state")
            for verb in ("pause", "resume", "abort")
        ]

        assert states == ["paused", "running", "aborted"]
        assert ask(acme, path=f"operations/{made}/pause", scopes=OPERATE).status_code == 409
        assert not Hold.objects.filter(closed_at=None).exists()


class TestLetters:
    def test_come_in_pages(self, acme: Tenant, letters: list[DeadLetter]) -> None:
        first = ask(acme, "get", "dlq?limit=2").json()
        second = ask(acme, "get", f"dlq?limit=2&cursor={first['next_cursor']}").json()

        seen = [one["id"] for page in (first, second) for one in page["dead_letters"]]
        assert (seen, second["next_cursor"]) == ([str(one.pk) for one in reversed(letters)], None)

    def test_one_says_what_a_replay_would_lead_to(self, acme: Tenant, letters: list[DeadLetter]) -> None:
        seen = ask(acme, "get", f"dlq/{letters[0].pk}").json()

        assert (seen["would"]["prediction"], seen["evidence"], seen["runbook"]) == (
            "publish",
            "502 Bad Gateway",
            "partner-5xx",
        )

    @pytest.mark.parametrize("query", ["limit=0", "limit=x", "cursor=7", "code=OOPS", "platform=myspace"])
    def test_a_question_that_is_none_is_refused(self, query: str, acme: Tenant) -> None:
        assert ask(acme, "get", f"dlq?{query}").status_code == 422

    @pytest.mark.parametrize(
        ("path", "most"), [("dlq", 7), ("operations", 7), ("errors/stats", 9), ("dlq/{letter}", 14)]
    )
    def test_cost_the_same_number_of_queries_however_many(
        self, path: str, most: int, acme: Tenant, letters: list[DeadLetter]
    ) -> None:
        # Most are the key's: made for the test, looked up, marked as used.
        path = path.format(letter=letters[0].pk)
        with CaptureQueriesContext(connection) as few:
            ask(acme, "get", path)
        for number in range(9):
            make_letter(acme, lane=make_lane(acme, f"connection:{number}"))
            ask(acme, path="dlq/replay", scopes=OPERATE)

        with CaptureQueriesContext(connection) as many:
            ask(acme, "get", path)

        assert len(many) == len(few) <= most


class TestCharlie:
    def test_sees_and_moves_nothing_of_acme(
        self, acme: Tenant, globex: Tenant, letters: list[DeadLetter]
    ) -> None:
        made = ask(acme, path="dlq/replay", scopes=OPERATE).json()["id"]

        reads = [
            f"dlq/{letters[0].pk}",
            f"operations/{made}",
            f"operations/{made}/items",
            "errors/circuit-breaker/connection:0",
        ]
        assert {ask(globex, "get", path).status_code for path in reads} == {404}
        assert {
            ask(globex, path=f"operations/{made}/{verb}", scopes=OPERATE).status_code
            for verb in ("pause", "resume", "abort")
        } == {404}
        assert ask(globex, "get", "dlq").json() == {"dead_letters": [], "next_cursor": None}
        assert ask(globex, path="dlq/replay", scopes=OPERATE, ids=[str(letters[0].pk)]).json()["total"] == 0
        assert ask(globex, "get", f"operations/{uuid7()}").status_code == 404
        assert not OperationItem.objects.exists()


class TestErrors:
    def test_an_answer_is_named_with_a_key_that_may_only_read(self, acme: Tenant) -> None:
        body = {"platform": "meta", "status": 400, "body": {"error": {"code": 190, "error_subcode": 463}}}

        answer = ask(acme, path="errors/classify", scopes=("read",), **body)

        assert (answer.json()["code"], answer.json()["rule"]) == ("AUTH_EXPIRED", "meta.190.463")
        wrong = ask(
            acme, path="errors/classify", scopes=("read",), platform="x", status="y", headers=1, nope=1
        )
        assert {one["field"] for one in wrong.json()["fields"]} == {"platform", "status", "headers", "nope"}

    def test_stats_count_what_went_wrong(self, acme: Tenant, letters: list[DeadLetter]) -> None:
        answer = ask(acme, "get", "errors/stats").json()

        assert (answer["open_dead_letters"], answer["codes"]) == (3, [])
        assert ask(acme, "get", "errors/stats?period=1y").status_code == 422

    def test_a_breaker_is_seen_and_reset(self, acme: Tenant, letters: list[DeadLetter]) -> None:
        lane, until = Lane.objects.for_tenant(acme.pk).get(key="connection:1"), clock.now().replace(year=2090)
        LaneBreaker.objects.create(lane=lane, until=until, rests=1)
        rest({"lane:connection:1": until}, reason="breaker", sentence="It keeps failing.", at=clock.now())
        path = "errors/circuit-breaker/connection:1"

        before = ask(acme, "get", path).json()
        after = ask(acme, path=path, scopes=OPERATE, action="reset").json()

        assert (before["state"], after["state"]) == ("open", "closed")
        assert not Hold.objects.filter(closed_at=None).exists()
        assert ask(acme, path=path, scopes=OPERATE, action="open").status_code == 422
        assert ask(acme, "get", "errors/circuit-breaker/platform:meta").status_code == 403
