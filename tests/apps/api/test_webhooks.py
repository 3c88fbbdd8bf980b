"""Webhook endpoints by API: kept, tried, followed, told again; and each tenant sees its own only."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import clock
from apps.core.egress import lookup
from apps.core.ids import uuid7
from apps.jobs.models import Job
from apps.tenants.models import Tenant
from apps.webhooks.catalogue.types import outgoing
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.outbound.actions.deliver import send
from apps.webhooks.outbound.choices import DeliveryState
from tests.apps.api.test_jobs import ask
from tests.make import make_tenant

pytestmark = pytest.mark.django_db
ADMIN = ("read", "admin")
GOOD = {"url": "https://hooks.acme.test/in", "event_types": ["connection.*"], "description": "Our shop"}
SECRET = "whsec_"


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "ask_system", lambda _: ["8.8.8.8"])


@pytest.fixture
def acme() -> Tenant:
    """Alice's tenant."""
    return make_tenant()[0]


@pytest.fixture
def globex() -> Tenant:
    """Charlie's tenant."""
    return make_tenant("Globex", "charlie@globex.test")[0]


def keep(tenant: Tenant, **more: Any) -> dict[str, Any]:
    """Keep an endpoint."""
    made: dict[str, Any] = ask(tenant, path="webhooks", scopes=ADMIN, **{**GOOD, **more}).json()
    return made


def told(tenant: Tenant, endpoint: str, *, state: str = DeliveryState.WAITING, times: int = 1) -> list[str]:
    """Let an endpoint have deliveries."""
    at = clock.now()
    row = Endpoint.objects.for_tenant(tenant.pk).get(pk=endpoint)
    fresh = [
        Delivery(
            tenant=tenant,
            endpoint=row,
            event=uuid7(),
            type="connection.paused",
            sequence=number,
            event_at=at,
            body="{}",
            job=uuid7(),
            created_at=at,
        )
        for number in range(1, times + 1)
    ]
    send(fresh, {row.pk: row}, origins={}, at=at)
    if state != DeliveryState.WAITING:
        Delivery.objects.for_tenant(tenant.pk).update(state=state, ended_at=at)
        Job.objects.across_tenants().update(state="succeeded", finished_at=at)
    return [str(one.pk) for one in fresh]


class TestKeep:
    def test_shows_the_secret_once(self, acme: Tenant) -> None:
        made = ask(acme, path="webhooks", scopes=ADMIN, **GOOD)
        listed = ask(acme, "get", "webhooks").json()["webhooks"]
        one = ask(acme, "get", f"webhooks/{made.json()['id']}").json()

        assert (made.status_code, made.json()["secret"][:6]) == (201, SECRET)
        assert (one["url"], one["active"], one["waiting"], one["failed"]) == (GOOD["url"], True, 0, 0)
        assert [row["id"] for row in listed] == [made.json()["id"]]
        assert SECRET not in json.dumps([listed, one])

    def test_names_every_wrong_field(self, acme: Tenant) -> None:
        answer = ask(
            acme,
            path="webhooks",
            scopes=ADMIN,
            url="https://169.254.169.254/",
            event_types=["connection.*", "webhook.failed", "conection.paused", 7],
            description=7,
            secret="mine",
        )

        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert [one["field"] for one in answer.json()["fields"]] == [
            "secret",
            "url",
            "event_types.1",
            "event_types.2",
            "event_types.3",
            "description",
        ]
        assert not Endpoint.objects.across_tenants().exists()

    @pytest.mark.parametrize(
        "url", [None, 7, "http://hooks.acme.test/", "https://127.0.0.1/", "https://a@b.test/"]
    )
    def test_refuses_an_address_that_we_would_not_call(self, url: object, acme: Tenant) -> None:
        answer = ask(acme, path="webhooks", scopes=ADMIN, **{**GOOD, "url": url})

        assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, "url")

    def test_refuses_a_name_that_leads_inside(self, acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lookup, "ask_system", lambda _: ["8.8.8.8", "10.0.0.1"])

        answer = ask(acme, path="webhooks", scopes=ADMIN, **GOOD)

        assert (answer.status_code, answer.json()["code"]) == (422, "endpoint_invalid")

    def test_with_a_repeated_key_is_the_first_one(self, acme: Tenant) -> None:
        first, second = (
            ask(acme, path="webhooks", scopes=ADMIN, **GOOD, idempotency_key="k") for _ in range(2)
        )
        other = ask(
            acme, path="webhooks", scopes=ADMIN, **{**GOOD, "event_types": ["*"]}, idempotency_key="k"
        )

        assert (first.status_code, second.status_code, other.status_code) == (201, 200, 409)
        assert first.json()["id"] == second.json()["id"]
        assert first.json()["secret"] == second.json()["secret"]

    def test_has_an_end(self, acme: Tenant) -> None:
        for _ in range(20):
            keep(acme)

        answer = ask(acme, path="webhooks", scopes=ADMIN, **GOOD)

        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_endpoints")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"description": "\ud800"},
            {"description": "a\x00b"},
            {"description": "x" * 201},
            {"event_types": ["\ud800.*"]},
            {"event_types": "connection.*"},
            {"url": "https://\ud800.test/"},
            {"idempotency_key": "\ud800"},
            {"idempotency_key": ""},
        ],
    )
    def test_answers_strange_text_in_words(self, wrong: dict[str, Any], acme: Tenant) -> None:
        answer = ask(acme, path="webhooks", scopes=ADMIN, **{**GOOD, **wrong})

        assert answer.status_code == 422
        assert answer.json()["fields"][0]["field"].partition(".")[0] in wrong

    @pytest.mark.parametrize("scopes", [("read",), ("read", "publish"), ("read", "operate")])
    def test_needs_the_scope_admin(self, scopes: tuple[str, ...], acme: Tenant) -> None:
        assert ask(acme, path="webhooks", scopes=scopes, **GOOD).status_code == 403


class TestChange:
    def test_pauses_and_resumes(self, acme: Tenant) -> None:
        pk = keep(acme)["id"]
        told(acme, pk)

        paused = ask(acme, "patch", f"webhooks/{pk}", scopes=ADMIN, active=False).json()
        again = ask(acme, "patch", f"webhooks/{pk}", scopes=ADMIN, active=False)
        back = ask(acme, "patch", f"webhooks/{pk}", scopes=ADMIN, active=True).json()

        assert (paused["active"], paused["paused"]["why"], paused["waiting"]) == (False, "by_hand", 1)
        assert again.status_code == 200
        assert (back["active"], back["paused"]) == (True, None)

    def test_can_deliver_again_what_was_given_up(self, acme: Tenant) -> None:
        pk = keep(acme)["id"]
        told(acme, pk, state=DeliveryState.FAILED, times=3)

        before = ask(acme, "get", f"webhooks/{pk}").json()
        begun = ask(acme, "patch", f"webhooks/{pk}", scopes=ADMIN, redeliver=True).json()

        operation = ask(acme, "get", f"operations/{begun['operation']}").json()
        assert (before["failed"], operation["kind"], operation["total"]) == (3, "redeliver", 3)

    def test_takes_other_types_and_another_address(self, acme: Tenant) -> None:
        pk = keep(acme)["id"]

        answer = ask(
            acme, "patch", f"webhooks/{pk}", scopes=ADMIN, event_types=["*"], url="https://b.acme.test/"
        ).json()

        assert (answer["event_types"], answer["url"]) == (["*"], "https://b.acme.test/")

    def test_names_every_wrong_field(self, acme: Tenant) -> None:
        pk = keep(acme)["id"]

        answer = ask(acme, "patch", f"webhooks/{pk}", scopes=ADMIN, active="yes", event_types=[], x=1).json()

        assert [one["field"] for one in answer["fields"]] == ["x", "active", "event_types"]

    def test_removes(self, acme: Tenant) -> None:
        pk = keep(acme)["id"]

        gone = ask(acme, "delete", f"webhooks/{pk}", scopes=ADMIN)

        assert gone.status_code == 204
        assert ask(acme, "get", f"webhooks/{pk}").status_code == 404
        assert ask(acme, "get", "webhooks").json()["webhooks"] == []

    def test_rotates_the_secret(self, acme: Tenant) -> None:
        made = keep(acme)

        rotated = ask(acme, path=f"webhooks/{made['id']}/rotate-secret", scopes=ADMIN, overlap_hours=2).json()
        wrong = ask(acme, path=f"webhooks/{made['id']}/rotate-secret", scopes=ADMIN, overlap_hours=900)

        assert rotated["secret"][:6] == SECRET
        assert rotated["secret"] != made["secret"]
        assert rotated["previous_secret_until"] is not None
        assert (wrong.status_code, wrong.json()["fields"][0]["field"]) == (422, "overlap_hours")


class TestDeliveries:
    def test_are_listed_with_what_comes_next(self, acme: Tenant) -> None:
        pk = keep(acme)["id"]
        (delivery,) = told(acme, pk)

        listed = ask(acme, "get", f"webhooks/{pk}/deliveries?state=waiting").json()["deliveries"]
        none = ask(acme, "get", f"webhooks/{pk}/deliveries?state=failed").json()["deliveries"]
        one = ask(acme, "get", f"webhooks/deliveries/{delivery}").json()

        assert [(row["id"], row["request"]["body"]) for row in listed] == [(delivery, "{}")]
        assert none == []
        assert (one["request"]["url"], one["request"]["body"], one["attempts"]) == (GOOD["url"], "{}", [])
        assert one["next_try_at"] is not None

    def test_refuse_a_state_that_is_none(self, acme: Tenant) -> None:
        pk = keep(acme)["id"]

        assert ask(acme, "get", f"webhooks/{pk}/deliveries?state=lost&limit=0").status_code == 422

    def test_are_tested_once_for_each_key(self, acme: Tenant) -> None:
        pk = keep(acme)["id"]

        first, second = (
            ask(acme, path=f"webhooks/{pk}/test", scopes=("operate",), idempotency_key="t") for _ in range(2)
        )

        assert (first.status_code, second.status_code) == (202, 200)
        assert (first.json()["type"], first.json()["id"]) == ("test.ping", second.json()["id"])

    def test_are_sent_again_when_they_have_ended(self, acme: Tenant) -> None:
        (delivery,) = told(acme, keep(acme)["id"], state=DeliveryState.DELIVERED)

        path = f"webhooks/deliveries/{delivery}/redeliver"
        first, repeated = (ask(acme, path=path, scopes=("operate",), idempotency_key="k") for _ in range(2))
        other = ask(acme, path=path, scopes=("operate",))

        assert (first.status_code, first.json()["state"]) == (202, "waiting")
        assert (repeated.status_code, repeated.json()["job"]) == (200, first.json()["job"])
        assert (other.status_code, other.json()["code"]) == (409, "delivery_under_way")

    @pytest.mark.parametrize(
        ("path", "questions"),
        [
            ("webhooks", 4),
            ("webhooks/{endpoint}", 5),
            ("webhooks/{endpoint}/deliveries", 9),
            ("webhooks/deliveries/{delivery}", 8),
            ("webhooks/event-types", 3),
        ],
    )
    def test_cost_the_same_for_one_and_for_thirty(self, path: str, questions: int, acme: Tenant) -> None:
        counted = []
        for times in (1, 29):
            endpoint = keep(acme)["id"]
            delivery, *_ = told(acme, endpoint, times=times)
            with CaptureQueriesContext(connection) as seen:
                ask(acme, "get", path.format(endpoint=endpoint, delivery=delivery))
            counted.append(len(seen))  # with the three of the key that asks

        assert counted == [questions, questions]


class TestOthers:
    def test_charlie_sees_and_does_nothing(self, acme: Tenant, globex: Tenant) -> None:
        pk = keep(acme)["id"]
        (delivery,) = told(acme, pk)
        calls = (
            ("get", f"webhooks/{pk}"),
            ("patch", f"webhooks/{pk}"),
            ("delete", f"webhooks/{pk}"),
            ("get", f"webhooks/{pk}/deliveries"),
            ("post", f"webhooks/{pk}/test"),
            ("post", f"webhooks/{pk}/rotate-secret"),
            ("get", f"webhooks/deliveries/{delivery}"),
            ("post", f"webhooks/deliveries/{delivery}/redeliver"),
        )

        answers = [ask(globex, method, path, scopes=("read", "operate", "admin")) for method, path in calls]

        assert {one.status_code for one in answers} == {404}
        assert ask(globex, "get", "webhooks").json()["webhooks"] == []
        assert Endpoint.objects.for_tenant(acme.pk).get(pk=UUID(pk)).removed_at is None

    def test_charlies_operation_touches_nothing_of_acme(self, acme: Tenant, globex: Tenant) -> None:
        pk = keep(acme)["id"]
        told(acme, pk, state=DeliveryState.FAILED)

        begun = ask(
            globex,
            path="operations",
            scopes=("read", "operate"),
            kind="redeliver",
            filter={"endpoints": [pk]},
        )

        assert begun.json()["total"] == 0


def test_the_types_are_listed_with_schema_and_example(acme: Tenant) -> None:
    listed = ask(acme, "get", "webhooks/event-types").json()["event_types"]

    assert [one["type"] for one in listed] == [one.name for one in outgoing()]
    assert all(one["schema"]["title"] == one["type"] == one["example"]["type"] for one in listed)
