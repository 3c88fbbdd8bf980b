"""The API accepts, follows, and refuses in words."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.connections.models import Connection, Credential
from apps.core import clock
from apps.core.ids import uuid7
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.models import Job
from apps.tenants import keys
from apps.tenants.models import ApiKey
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
TEXT = {"format": "text", "text": "Autumn menu"}


@pytest.fixture
def cafe(simulator: Simulator) -> Connection:
    """Acme's page."""
    tenant, _ = make_tenant()
    return make_connection(tenant, simulator.account("meta", "page"))


@pytest.fixture
def globex() -> Any:
    """Charlie's tenant."""
    return make_tenant("Globex", "charlie@globex.test")[0]


def ask(
    tenant: Any,
    method: str = "post",
    path: str = "jobs",
    *,
    scopes: tuple[str, ...] = ("read", "publish"),
    expires_in: int = 60,
    raw: str | None = None,
    **body: Any,
) -> Any:
    """Call the API with a key of the tenant."""
    _, secret = keys.issue(
        tenant=tenant.pk,
        name="test",
        scopes=scopes,
        at=clock.now(),
        expires_at=clock.now() + timedelta(seconds=expires_in),
    )
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    if method == "get":
        return client.get(f"/api/v2/{path}")
    return client.generic(
        method.upper(),
        f"/api/v2/{path}",
        raw if raw is not None else __import__("json").dumps(body),
        content_type="application/json",
    )


class TestPost:
    def test_accepts_a_post_and_says_why_it_waits(self, cafe: Connection) -> None:
        answer = ask(cafe.tenant, kind="publish", connection=str(cafe.pk), content=TEXT)

        assert answer.status_code == 201
        assert answer.json()["explain"]["sentence"] == "It is next in its lane."

    def test_answers_a_repeated_key_with_the_first_job(self, cafe: Connection) -> None:
        body = {"kind": "publish", "connection": str(cafe.pk), "content": TEXT, "idempotency_key": "order-7"}

        first, second = ask(cafe.tenant, **body), ask(cafe.tenant, **body)

        assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])

    def test_refuses_a_key_that_was_used_for_something_else(self, cafe: Connection) -> None:
        body = {"kind": "publish", "connection": str(cafe.pk), "idempotency_key": "order-7"}
        ask(cafe.tenant, **body, content=TEXT)

        answer = ask(cafe.tenant, **body, content={"format": "text", "text": "Another"})

        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")

    def test_asks_before_the_same_post_goes_out_twice(self, cafe: Connection) -> None:
        body = {"kind": "publish", "connection": str(cafe.pk), "content": TEXT}
        ask(cafe.tenant, **body)

        refused, wanted = ask(cafe.tenant, **body), ask(cafe.tenant, **body, allow_duplicate=True)

        assert (refused.status_code, refused.json()["code"], wanted.status_code) == (
            409,
            "same_post_twice",
            201,
        )


class TestRefusal:
    @pytest.mark.parametrize(
        ("_case", "body", "status", "field"),
        [
            ("an unknown kind", {"kind": "teleport"}, 422, "kind"),
            ("no kind", {}, 422, "kind"),
            ("a time without a zone", {"kind": "publish", "due_at": "2026-11-24T12:00:00"}, 422, "due_at"),
            ("a time that is none", {"kind": "publish", "due_at": "2026-13-45T99:00:00Z"}, 422, "due_at"),
            ("an unknown field", {"kind": "publish", "contents": {}}, 422, "contents"),
            ("an unknown connection", {"kind": "publish", "connection": "nonsense"}, 422, "connection"),
            (
                "an idempotency key that is too long",
                {"kind": "publish", "idempotency_key": "k" * 300},
                422,
                "idempotency_key",
            ),
            ("a delete of nothing", {"kind": "delete"}, 422, "remote_id"),
            ("a delete of everything", {"kind": "delete", "remote_id": ""}, 422, "remote_id"),
            ("a delete of a NUL", {"kind": "delete", "remote_id": "1\x00"}, 422, "remote_id"),
            ("a kind that is no word", {"kind": []}, 422, "kind"),
            # The database keeps the first one, before our era, and no claim that met it could be read.
            ("a time before time", {"kind": "publish", "due_at": "0001-01-01T00:00:00+14:00"}, 422, "due_at"),
            (
                "a zone that no database knows",
                {"kind": "publish", "due_at": "2999-12-31T12:00:00-23:59"},
                422,
                "due_at",
            ),
            ("a time after time", {"kind": "publish", "due_at": "9999-12-31T23:59:59Z"}, 422, "due_at"),
        ],
    )
    def test_names_every_wrong_field(
        self, _case: str, body: dict[str, Any], status: int, field: str, cafe: Connection
    ) -> None:
        answer = ask(cafe.tenant, **body)

        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        assert field in [problem["field"] for problem in answer.json()["fields"]]
        assert not Job.objects.across_tenants().exists()

    @pytest.mark.parametrize(
        ("_case", "content", "field"),
        [
            (
                "a format that the account does not have",
                {"format": "campaign", "text": "x"},
                "content.format",
            ),
            ("nothing to say", {"format": "text"}, "content.text"),
            ("too long", {"format": "text", "text": "x" * 70_000}, "content.text"),
            (
                "a link that is none",
                {"format": "link", "text": "x", "link": "javascript:alert(1)"},
                "content.link",
            ),
            ("text that is no text", {"format": "text", "text": 7}, "content.text"),
            ("no picture", {"format": "image", "text": "x"}, "content.media"),
            ("somebody's picture", {"format": "image", "media": ["nonsense"]}, "content.media"),
            (
                "an unknown option",
                {"format": "text", "text": "x", "options": {"privacy": "all"}},
                "content.options.privacy",
            ),
            ("no object", "Autumn menu", "content"),
            ("a NUL", {"format": "text", "text": "a\x00b"}, "content.text"),
            ("half a character", {"format": "text", "text": "a\ud800b"}, "content.text"),
            ("pictures that are no list", {"format": "text", "text": "x", "media": 7}, "content.media"),
        ],
    )
    def test_says_what_the_account_cannot_publish(
        self, _case: str, content: Any, field: str, cafe: Connection
    ) -> None:
        answer = ask(cafe.tenant, kind="publish", connection=str(cafe.pk), content=content)

        assert (answer.status_code, answer.json()["code"]) == (422, "content_refused")
        assert field in [problem["field"] for problem in answer.json()["fields"]]
        assert {problem["remedy"] for problem in answer.json()["fields"]} == {"fix_content"}

    def test_names_a_missing_permission_and_where_to_give_it(self, cafe: Connection) -> None:
        Credential.objects.filter(connection=None).update(scopes=["pages_show_list", "pages_read_engagement"])

        answer = ask(cafe.tenant, kind="publish", connection=str(cafe.pk), content=TEXT)

        (problem,) = answer.json()["fields"]
        assert (answer.status_code, problem["remedy"]) == (422, "reconnect")
        assert (problem["scopes"], problem["permissions"]) == (["pages_manage_posts"], ["post on your Page"])
        assert problem["reconnect_url"].endswith("&reason=PERMISSION_INSUFFICIENT&scope_fix=true")
        assert not Job.objects.across_tenants().exists()

    def test_asks_for_a_state_that_there_is(self, cafe: Connection) -> None:
        answer = ask(cafe.tenant, "get", "jobs?state=%00")

        assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, "state")

    @pytest.mark.parametrize(
        ("raw", "status"),
        [
            ("{", 400),
            ("[1]", 422),
            ("\xff", 400),
            ("null", 422),
            pytest.param("[" * 100_000, 400, id="deep"),
        ],
    )
    def test_cannot_read_what_is_no_json_object(self, raw: str, status: int, cafe: Connection) -> None:
        answer = ask(cafe.tenant, raw=raw)

        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")

    @pytest.mark.parametrize("value", ['"\\ud800"', '"\\u0000"', "1" + "0" * 30])
    def test_refuses_options_that_nobody_can_keep(self, value: str, cafe: Connection) -> None:
        content = f'{{"format": "text", "text": "Autumn", "options": {{"title": {value}}}}}'
        raw = f'{{"kind": "publish", "connection": "{cafe.pk}", "content": {content}}}'

        answer = ask(cafe.tenant, raw=raw)

        assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, "content.options")

    @pytest.mark.parametrize(
        "raw", ['{"\\ud800": 1}', '{"kind": "publish", "connection": "CAFE", "content": {"\\ud800": 1}}']
    )
    def test_shows_the_name_of_a_field_that_is_half_a_character(self, raw: str, cafe: Connection) -> None:
        answer = ask(cafe.tenant, raw=raw.replace("CAFE", str(cafe.pk)))

        assert answer.status_code == 422
        assert "\\ud800" in {one["field"].removeprefix("content.") for one in answer.json()["fields"]}

    def test_refuses_a_body_of_20_mb_before_reading_it(self, cafe: Connection) -> None:
        answer = ask(cafe.tenant, raw="x" * 20 * 1024 * 1024)

        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


class TestKeys:
    def test_an_expired_key_is_told_so(self, cafe: Connection) -> None:
        answer = ask(cafe.tenant, "get", expires_in=-1)

        assert (answer.status_code, answer.json()["code"]) == (401, "api_key_expired")

    @pytest.mark.parametrize(
        "header", [{}, {"Authorization": "Bearer rk_nope_nope"}, {"Authorization": "Basic eA=="}]
    )
    def test_a_stranger_is_refused(self, header: dict[str, str]) -> None:
        answer = Client(headers=header).get("/api/v2/jobs")

        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")

    def test_a_key_that_may_only_read_publishes_nothing(self, cafe: Connection) -> None:
        answer = ask(cafe.tenant, scopes=("read",), kind="publish", connection=str(cafe.pk), content=TEXT)

        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")

    def test_a_key_is_noted_as_used_once_a_minute(self, cafe: Connection) -> None:
        key, secret = keys.issue(tenant=cafe.tenant_id, name="busy", scopes=("read",), at=clock.now())
        began, used = clock.now(), []

        for pause in (0, 59, 1):
            clock.travel(timedelta(seconds=pause))
            keys.verify(secret, at=clock.now())
            noted = ApiKey.objects.across_tenants().get(pk=key.pk).last_used_at
            assert noted
            used.append(noted - began)

        assert [round(one.total_seconds()) for one in used] == [0, 0, 60]


class TestList:
    def test_costs_the_same_for_one_and_for_fifty(
        self, cafe: Connection, django_assert_num_queries: Any
    ) -> None:
        for number in range(50):
            make_publish(cafe, text=f"Menu {number}")

        with django_assert_num_queries(8):  # a key is issued, read and noted; two clocks; jobs, lanes, holds
            listed = ask(cafe.tenant, "get").json()["jobs"]

        assert len(listed) == 50


class TestCharlie:
    def test_cannot_publish_on_acmes_connection(self, cafe: Connection, globex: Any) -> None:
        answer = ask(globex, kind="publish", connection=str(cafe.pk), content=TEXT)

        assert answer.status_code == 422
        assert not Job.objects.across_tenants().exists()

    def test_sees_none_of_acmes_jobs(self, cafe: Connection, globex: Any) -> None:
        job = ask(cafe.tenant, kind="publish", connection=str(cafe.pk), content=TEXT).json()["id"]

        assert ask(globex, "get").json() == {"jobs": []}
        assert ask(globex, "get", f"jobs/{job}").status_code == 404

    def test_learns_nothing_from_an_id_that_does_not_exist(self, globex: Any) -> None:
        assert ask(globex, "get", f"jobs/{uuid7()}").status_code == 404


class TestUnconfirmed:
    @pytest.fixture
    def asked(self, cafe: Connection) -> Job:
        """A post of which only a person can say whether it is out."""
        job = make_publish(cafe)
        Job.objects.across_tenants().filter(pk=job.pk).update(
            state=JobState.HELD, held_for=HeldFor.UNCONFIRMED, unknown_since=clock.now()
        )
        return job

    @pytest.mark.parametrize(("posted", "state"), [(True, "succeeded"), (False, "queued")])
    def test_a_person_says_whether_it_is_there(
        self, posted: bool, state: str, asked: Job, cafe: Connection
    ) -> None:
        answer = ask(cafe.tenant, path=f"jobs/{asked.pk}/confirm", posted=posted)

        assert (answer.status_code, answer.json()["state"]) == (200, state)

    def test_a_second_answer_is_refused(self, asked: Job, cafe: Connection) -> None:
        ask(cafe.tenant, path=f"jobs/{asked.pk}/confirm", posted=True)

        answer = ask(cafe.tenant, path=f"jobs/{asked.pk}/confirm", posted=False)

        assert (answer.status_code, answer.json()["code"]) == (409, "job_not_asked")

    @pytest.mark.parametrize("nonsense", [{}, {"posted": "yes"}, {"posted": 1}])
    def test_an_answer_that_is_none_changes_nothing(
        self, nonsense: dict[str, Any], asked: Job, cafe: Connection
    ) -> None:
        answer = ask(cafe.tenant, path=f"jobs/{asked.pk}/confirm", **nonsense)

        assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, "posted")
        assert reload(asked).state == "held"

    def test_cannot_be_cancelled_before_the_answer(self, asked: Job, cafe: Connection) -> None:
        answer = ask(cafe.tenant, path=f"jobs/{asked.pk}/cancel")

        assert (answer.status_code, answer.json()["code"]) == (409, "job_unconfirmed")

    def test_charlie_cannot_answer_for_acme(self, asked: Job, globex: Any) -> None:
        answer = ask(globex, path=f"jobs/{asked.pk}/confirm", posted=True)

        assert (answer.status_code, reload(asked).state) == (404, "held")


class TestCancel:
    def test_ends_a_job_that_waits(self, cafe: Connection) -> None:
        job = make_publish(cafe)

        answer = ask(cafe.tenant, path=f"jobs/{job.pk}/cancel")

        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")

    def test_is_a_wish_while_the_outcome_is_open(self, cafe: Connection) -> None:
        job = make_publish(cafe)
        Job.objects.across_tenants().filter(pk=job.pk).update(
            state=JobState.VERIFYING, unknown_since=clock.now()
        )

        assert ask(cafe.tenant, path=f"jobs/{job.pk}/cancel").status_code == 202
        assert reload(job).cancel_wanted
