"""One line for each request and each attempt, tied together by the request and the cycle, through to the webhook."""

import logging
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from apps.core import clock, ids
from apps.jobs.models import Job
from apps.jobs.pump import Pump
from apps.tenants import keys
from tests.following import follow
from tests.hooks import make_endpoint
from tests.make import make_connection, make_tenant
from tests.receivers import Receiver, serving
from tests.simulator import Simulator
from tests.watching import Log, Spans

# What the request for this product wants of a line.
FIELDS = {
    "cycle_id",
    "request_id",
    "tenant_id",
    "connection_id",
    "platform",
    "event",
    "status",
    "latency_ms",
    "error_code",
    "retry_count",
    "timestamp",
}


def test_a_request_its_job_each_attempt_and_the_webhook_are_one_story(
    pump: Pump, simulator: Simulator, log: Log, spans: Spans, settings: Any
) -> None:
    settings.EGRESS_LOOPBACK = True
    tenant, _ = make_tenant()
    connection = make_connection(tenant, simulator.account("meta", "page"))
    _, key = keys.issue(tenant=tenant.pk, name="host", scopes=["publish"], at=clock.now())
    body = {
        "kind": "publish",
        "connection": str(connection.pk),
        "content": {"format": "text", "text": "Hello"},
    }
    name = str(ids.uuid7())
    browser = Client(headers={"Authorization": f"Bearer {key}", "X-Request-ID": name})
    with serving(Receiver()) as receiver:
        make_endpoint(tenant, receiver.url, "job.succeeded")

        answer = browser.post("/api/v2/jobs", body, content_type="application/json")
        pump.drain()
        follow()
        pump.drain()

    (request,) = log.lines("request.answered")
    publish, webhook = log.lines("attempt.ended")
    job = Job.objects.across_tenants().get(pk=answer.json()["id"])
    assert (answer["X-Request-ID"], job.request) == (name, UUID(name))
    assert {(one["request_id"], one["tenant_id"]) for one in (request, publish, webhook)} == {
        (name, str(tenant.pk))
    }
    assert {one["cycle_id"] for one in (publish, webhook)} == {str(job.cycle)}
    assert (publish["kind"], webhook["kind"], publish["status"]) == ("publish", "webhook_delivery", "success")
    assert set(publish) >= FIELDS
    assert (request["view"], request["method"], request["status"]) == ("api_jobs", "POST", 201)
    assert {one.name for one in spans.all()} == {"request", "claim", "attempt", "settle"}
    assert [one.context.trace_id for one in spans.of("request")] == [UUID(name).int]
    assert {one.context.trace_id for one in spans.of("attempt")} == {UUID(name).int}
    assert {one.parent.span_id for one in spans.of("attempt")} == {spans.of("request")[0].context.span_id}


@pytest.mark.django_db
def test_a_name_that_is_none_is_not_taken_over(log: Log) -> None:
    answer = Client(headers={"X-Request-ID": "x\r\nSet-Cookie: a=b"}).get("/sign-in/")

    (line,) = log.lines("request.answered")
    assert line["request_id"] == answer["X-Request-ID"] == str(UUID(answer["X-Request-ID"]))


def test_a_line_has_no_field_that_nobody_has_named(log: Log) -> None:
    logging.getLogger("apps.jobs").info("something", extra={"surprise": "x", "platform": "meta"})

    (line,) = log.lines("something")
    assert set(line) == {"event", "level", "logger", "timestamp", "platform"}
