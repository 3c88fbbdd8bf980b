"""What a host product is sent is what the catalogue says: every type, every example, and what the house really records."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from apps.connections.actions.disconnect import disconnect
from apps.connections.choices import PausedBy
from apps.connections.models import Connection
from apps.core import clock
from apps.events.models import Event
from apps.events.verbs import VERBS
from apps.jobs.actions.cancel import cancel
from apps.jobs.actions.replay import resolve
from apps.jobs.choices import HeldFor
from apps.jobs.models import DeadLetter, Job
from apps.jobs.pump import Pump
from apps.recovery import filters
from apps.recovery.actions import operate
from apps.recovery.actions.pause import pause
from apps.recovery.actions.resume import resume
from apps.webhooks.catalogue.payload import build, example
from apps.webhooks.catalogue.shape import EventType
from apps.webhooks.catalogue.types import BY_VERB, TEST, TYPES, categories
from tests import scripted
from tests.make import make_connection, make_job, make_publish, make_tenant
from tests.scripted import Script
from tests.simulator import Simulator

SPECIFIED = {
    "error.classified",
    "error.retry_scheduled",
    "error.dead_lettered",
    "error.resolved",
    "connection.paused",
    "connection.resumed",
    "connection.reconnected",
    "connection.revoked",
    "schedule.executed",
    "schedule.failed",
    "schedule.missed",
    "webhook.delivered",
    "webhook.failed",
    "metrics.updated",
}
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
# Their apps are not built yet: the reference says so.
NOBODY_RECORDS = {"schedule.executed", "schedule.failed", "schedule.missed"}


def check(payload: dict[str, Any], of: EventType) -> None:
    """Validate, with formats."""
    Draft202012Validator(of.schema(), format_checker=FormatChecker()).validate(payload)


def test_the_fourteen_are_there() -> None:
    assert set(TYPES) >= SPECIFIED
    assert {name.partition(".")[0] for name in SPECIFIED} <= {*categories(), "webhook"}


@pytest.mark.parametrize("of", [*TYPES.values(), TEST], ids=lambda of: of.name)
class TestType:
    def test_has_a_schema_that_is_one_and_an_example_that_fits(self, of: EventType) -> None:
        Draft202012Validator.check_schema(of.schema())
        check(example(of), of)

    def test_refuses_what_it_does_not_say(self, of: EventType) -> None:
        shown = example(of)

        for wrong in ({**shown, "token": "x"}, {**shown, "data": {**shown["data"], "token": "x"}}):
            with pytest.raises(ValidationError):
                check(wrong, of)

    def test_stands_for_words_that_somebody_records(self, of: EventType) -> None:
        unknown = {verb for verb in of.verbs if verb not in VERBS.names()}

        assert unknown <= NOBODY_RECORDS


@pytest.mark.parametrize("verb", sorted(BY_VERB))
def test_whatever_an_event_holds_only_what_is_said_goes_out(verb: str) -> None:
    of = BY_VERB[verb]
    secret = {"access_token": "EAAB-secret", "why": "a person's words", "before": "x"}
    event = Event(
        id=uuid4(),
        tenant=uuid4(),
        verb=verb,
        subject="connection:x",
        actor="staff:1",
        at=NOON,
        data=secret,
    )

    sent = build(event, of, sequence=1)

    assert set(sent["data"]) == {field.name for field in of.data}
    assert "secret" not in json.dumps(sent)
    assert sent["actor"] == "staff"


def recorded() -> Iterator[tuple[Event, EventType]]:
    """Everything in the log that a host product may hear of."""
    for event in Event.objects.exclude(tenant=None).order_by("id"):
        if event.verb in BY_VERB:
            yield event, BY_VERB[event.verb]


def test_what_the_house_records_fits(pump: Pump, script: Script, simulator: Simulator, settings: Any) -> None:
    """Jobs that work, fail, die and are cancelled; a connection that comes, stops, goes on and goes; bulk work."""
    tenant, _ = make_tenant()
    script.answers = [
        scripted.success(),
        scripted.failure(500),
        scripted.failure(400, {"error": {"code": 190}}),
        scripted.failure(404, {"error": {"code": 100, "error_subcode": 33}}),
    ]
    for number in range(3):
        make_job(tenant, idempotency_key=str(number))
    pump.drain()
    for _ in range(4):
        clock.travel(timedelta(minutes=20))
        pump.drain()
    cafe = make_connection(tenant, simulator.account("meta", "page"))
    at = clock.now()
    cancel(make_publish(cafe, due_at=at + timedelta(days=1)).pk, tenant=tenant.pk, actor="user:1", at=at)
    pause(cafe, by=PausedBy.OPS, code="", why="holidays", actor="user:1", at=at)
    resume(Connection.objects.for_tenant(tenant.pk).get(pk=cafe.pk), actor="user:1", at=at)
    make_publish(cafe, "Soup")
    pump.drain()
    for letter in DeadLetter.objects.for_tenant(tenant.pk).filter(resolved_at=None):
        resolve(letter.pk, tenant=tenant.pk, note="seen", actor="user:1", at=at)
    operate.start(filters.check("replay", {}, {}), tenant=tenant.pk, actor="user:1", at=at)
    pump.drain()
    disconnect(Connection.objects.for_tenant(tenant.pk).get(pk=cafe.pk), actor="user:1", at=at)

    seen = list(recorded())

    for event, of in seen:
        check(build(event, of, sequence=1), of)
    assert {of.name for _, of in seen} >= {
        "job.succeeded",
        "job.cancelled",
        "error.classified",
        "error.retry_scheduled",
        "connection.connected",
        "connection.paused",
        "connection.resumed",
        "connection.disconnected",
        "operation.started",
        "operation.done",
    }
    published = [
        event for event, of in seen if of.name == "job.succeeded" and event.data["kind"] == "publish"
    ]
    assert published[0].data["permalink"]
    assert Job.objects.across_tenants().exclude(held_for=HeldFor.OPS).exists()
