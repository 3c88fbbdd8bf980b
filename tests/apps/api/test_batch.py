"""Many jobs in one request: each has its own answer, and it means the same as one after the other."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.models import Job, Lane
from apps.tenants import keys
from tests.make import make_connection, make_publish, make_tenant
from tests.simulator import Simulator


@pytest.fixture
def cafe(db: None, simulator: Simulator) -> Connection:
    """Acme's page."""
    return make_connection(make_tenant()[0], simulator.account("meta", "page"))


def post(connection: Connection, text: str = "Autumn menu", **more: Any) -> dict[str, Any]:
    """One item of a batch."""
    content = {"format": "text", "text": text}
    return {"kind": "publish", "connection": str(connection.pk), "content": content, **more}


def send(tenant: Any, *jobs: Any) -> Any:
    """Send a batch with a key of the tenant."""
    now = clock.now()
    _, secret = keys.issue(
        tenant=tenant.pk,
        name="test",
        scopes=("read", "publish"),
        at=now,
        expires_at=now + timedelta(minutes=1),
    )
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    return client.post("/api/v2/batch/jobs", json.dumps({"jobs": jobs}), content_type="application/json")


def statuses(answer: Any) -> list[int]:
    """Return the items' statuses."""
    return [one["status"] for one in answer.json()["results"]]


def all_jobs() -> list[Job]:
    """Return every job, oldest first."""
    return list(Job.objects.across_tenants().order_by("id"))


class TestBatch:
    def test_stores_exactly_what_one_request_would(self, cafe: Connection) -> None:
        single = make_publish(cafe, "Autumn menu")

        answer = send(cafe.tenant, post(cafe, "Winter menu"))

        job = Job.objects.across_tenants().get(pk=answer.json()["results"][0]["job"]["id"])
        own = {
            "id",
            "_state",
            "args",
            "cycle",
            "request",
            "fingerprint",
            "body_hash",
            "actor",
            "created_at",
            "due_at",
            "run_at",
            "ask_after",
            "skip_after",
        }
        facts = [
            {name: value for name, value in vars(one).items() if name not in own} for one in (single, job)
        ]
        assert facts[0] == facts[1]
        assert job.ask_after - job.due_at == single.ask_after - single.due_at  # type: ignore[operator]

    def test_wakes_its_lane_for_the_earliest(self, cafe: Connection) -> None:
        later = clock.now() + timedelta(hours=2)

        send(
            cafe.tenant,
            post(cafe, "A", due_at=(later + timedelta(hours=1)).isoformat()),
            post(cafe, "B", due_at=later.isoformat()),
        )

        assert Lane.objects.across_tenants().get().ready_at == later

    def test_one_bad_item_does_not_stop_the_rest(self, cafe: Connection) -> None:
        answer = send(
            cafe.tenant, post(cafe, "A"), "nonsense", post(cafe, ""), {"kind": "teleport"}, post(cafe, "B")
        )

        assert statuses(answer) == [201, 422, 422, 422, 201]
        assert [one["index"] for one in answer.json()["results"]] == [0, 1, 2, 3, 4]
        assert len(all_jobs()) == 2

    def test_takes_posts_down_as_well(self, cafe: Connection) -> None:
        answer = send(cafe.tenant, {"kind": "delete", "connection": str(cafe.pk), "remote_id": "post_7"})

        assert (statuses(answer), all_jobs()[0].args["remote_id"]) == ([201], "post_7")

    @pytest.mark.parametrize(
        ("jobs", "status", "code"),
        [(1001, 413, "batch_too_large"), (0, 422, "request_invalid")],
    )
    def test_a_batch_of_the_wrong_size_does_nothing(
        self, jobs: int, status: int, code: str, cafe: Connection
    ) -> None:
        answer = send(cafe.tenant, *[post(cafe, f"Post {number}") for number in range(jobs)])

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert not all_jobs()

    def test_charlie_cannot_publish_on_acmes_connection(self, cafe: Connection) -> None:
        globex, _ = make_tenant("Globex", "charlie@globex.test")

        answer = send(globex, post(cafe))

        assert statuses(answer) == [422]
        assert answer.json()["results"][0]["error"]["fields"][0]["field"] == "connection"
        assert not all_jobs()


class TestKeys:
    def test_a_key_has_one_job_before_within_and_after_a_batch(self, cafe: Connection) -> None:
        first = make_publish(cafe, "A", idempotency_key="a")

        answer = send(
            cafe.tenant,
            post(cafe, "A", idempotency_key="a"),
            post(cafe, "Other", idempotency_key="a"),
            post(cafe, "B", idempotency_key="b"),
            post(cafe, "B", idempotency_key="b"),
            post(cafe, "Other", idempotency_key="b"),
        )

        results = answer.json()["results"]
        assert statuses(answer) == [200, 409, 201, 200, 409]
        assert results[0]["job"]["id"] == str(first.pk)
        assert results[2]["job"] == results[3]["job"]
        assert results[4]["error"]["code"] == "idempotency_key_reused"

    def test_the_same_post_is_refused_item_by_item(self, cafe: Connection) -> None:
        make_publish(cafe, "A")

        answer = send(
            cafe.tenant,
            post(cafe, "A"),
            post(cafe, "B"),
            post(cafe, "B"),
            post(cafe, "B", allow_duplicate=True),
        )

        assert statuses(answer) == [409, 201, 409, 201]
        first = answer.json()["results"][1]["job"]["id"]
        assert answer.json()["results"][2]["error"] | {"job": first} == answer.json()["results"][2]["error"]

    @pytest.mark.django_db(transaction=True)
    def test_two_senders_of_the_same_batch_store_it_once(self, cafe: Connection) -> None:
        jobs = [post(cafe, f"Post {number}", idempotency_key=f"key {number}") for number in range(40)]
        answers: list[Any] = []

        def sender(items: list[Any]) -> None:
            answers.append(send(cafe.tenant, *items))
            connection.close()

        threads = [threading.Thread(target=sender, args=(items,)) for items in (jobs, jobs[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(all_jobs()) == 40
        assert sorted(status for answer in answers for status in statuses(answer)) == [200] * 40 + [201] * 40
