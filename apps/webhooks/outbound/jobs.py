"""The kinds that tell an endpoint: webhook_delivery, and webhook_test for its test button."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, ClassVar
from uuid import UUID

from apps.core import crypto
from apps.errors.codes import ErrorCode
from apps.errors.decide import Case, Decision, Verb
from apps.errors.outcome import NextStep, Outcome, Verdict
from apps.errors.retry import PRESETS, RetryPolicy, hint_of
from apps.errors.system import classify_system_error
from apps.events import log
from apps.jobs.choices import DeadLetterReason
from apps.jobs.kinds import PASSED_BY_CONTROL, Kind, LeaseWatch, OnUnknown, Work
from apps.jobs.models import Job
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.outbound import health, queries
from apps.webhooks.outbound.actions.deliver import KIND, TEST_KIND
from apps.webhooks.outbound.choices import DeliveryState, PausedFor
from apps.webhooks.outbound.sending import Message, send

GONE = 410


class WebhookDelivery(Kind):
    """
    Tells one endpoint of one event.

    After an unknown outcome it is sent again under the same id: receivers are told to expect that.
    """

    name = KIND
    policy: ClassVar[RetryPolicy] = PRESETS["webhook"]
    on_unknown = OnUnknown.RESEND
    time_limit = timedelta(seconds=20)

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return NextStep("send", at_commit=True)

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        deliveries = queries.deliveries_across_tenants(_delivery_id(job) for job in jobs)
        endpoints = queries.endpoints_across_tenants(one.endpoint_id for one in deliveries.values())
        return {job.pk: _work(job, deliveries.get(_delivery_id(job)), endpoints, at) for job in jobs}

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        if not lease.holds():
            return Outcome(verdict=Verdict.NOT_SENT)
        return await send(work.facts, work)

    def decide(
        self, outcome: Outcome, case: Case, policy: RetryPolicy, at: datetime, *, rng: Random, speed: float
    ) -> Decision:
        """
        Try again by the schedule, whatever the endpoint says: its 401 or 404 is mended over there, often within hours.

        Two words mean more. 410: it is paused, and this waits with the rest. 429: nobody gives up for being asked to wait.
        """
        case = replace(case, verifying=False)  # nobody can look over there: it was sent again, under its id
        found = outcome.classification
        if found is None or outcome.verdict in {Verdict.SUCCESS, Verdict.NOT_SENT}:
            return super().decide(outcome, case, policy, at, rng=rng, speed=speed)
        if outcome.http_status == GONE:
            return Decision(Verb.GIVE_BACK, classification=found)
        if found.code is ErrorCode.RATE_LIMIT_429:
            return super().decide(outcome, case, policy, at, rng=rng, speed=speed)
        attempt = case.attempts + 1
        if attempt >= policy.max_attempts:
            reason = DeadLetterReason.WEBHOOK_FAILURE
            return Decision(Verb.DEAD_LETTER, reason=reason, burns=True, classification=found)
        wait = max(timedelta(seconds=policy.delay(attempt, rng)) / speed, hint_of(found))
        return Decision(Verb.RETRY_AT, at=at + wait, burns=True, classification=found)

    def settled(self, job: Job, outcome: Outcome, decision: Decision, at: datetime) -> None:
        if decision.verb is Verb.SUCCEED and "not_sent" in outcome.result:
            _end(job, DeliveryState.DROPPED, at)
        elif decision.verb is Verb.SUCCEED:
            _end(job, DeliveryState.DELIVERED, at)
            _tell("webhook.delivered", job, at, status=outcome.http_status)
        self._heed(UUID(job.args["endpoint"]), outcome, at)

    def given_up(self, job: Job, decision: Decision, at: datetime) -> None:
        _end(job, DeliveryState.FAILED, at)
        _tell("webhook.failed", job, at, status=None)

    def cancelled(self, job: Job, at: datetime) -> None:
        _end(job, DeliveryState.DROPPED, at)

    def _heed(self, endpoint: UUID, outcome: Outcome, at: datetime) -> None:
        """Learn from a try how the endpoint is."""
        if outcome.http_status == GONE:
            health.stop(endpoint, why=PausedFor.GONE, at=at)
        elif outcome.verdict is Verdict.SUCCESS and outcome.http_status:
            health.worked(endpoint)
        elif outcome.classification and outcome.classification.code is not ErrorCode.INTERNAL_ERROR:
            health.failed(endpoint, at=at)


class WebhookTest(WebhookDelivery):
    """What the test button sends: once, at once, also to a paused endpoint, which learns nothing from it."""

    name = TEST_KIND
    passes = PASSED_BY_CONTROL
    dead_letters = False

    def decide(
        self, outcome: Outcome, case: Case, policy: RetryPolicy, at: datetime, *, rng: Random, speed: float
    ) -> Decision:
        if outcome.verdict in {Verdict.FAILURE, Verdict.UNKNOWN}:
            return Decision(Verb.FAIL, burns=True, classification=outcome.classification)
        return super().decide(outcome, case, policy, at, rng=rng, speed=speed)

    def _heed(self, endpoint: UUID, outcome: Outcome, at: datetime) -> None:
        """A test says nothing of what is really sent."""


def _delivery_id(job: Job) -> UUID:
    return UUID(job.args["delivery"])


def _work(job: Job, delivery: Delivery | None, endpoints: Mapping[UUID, Endpoint], at: datetime) -> Work:
    endpoint = endpoints.get(delivery.endpoint_id) if delivery else None
    if delivery is None or endpoint is None or endpoint.removed_at:
        # There is nobody to tell any more: the job ends well without a call.
        nothing = Outcome(verdict=Verdict.SUCCESS, result={"not_sent": True})
        return Work(job=job, at=at, failure=nothing)
    try:
        secrets = tuple(endpoint.live_secrets(at))
    except crypto.CannotDecrypt as error:  # of this endpoint alone: the others of the turn go on
        found = classify_system_error(error, request_sent=False)
        return Work(job=job, at=at, failure=Outcome(verdict=Verdict.FAILURE, classification=found))
    body = delivery.body.encode()
    return Work(
        job=job, at=at, facts=Message(endpoint.url, delivery.message_id, delivery.type, body, secrets)
    )


def _end(job: Job, state: DeliveryState, at: datetime) -> None:
    mine = Delivery.objects.across_tenants().filter(pk=job.args["delivery"])
    mine.update(state=state, ended_at=at, job=job.pk)


def _tell(verb: str, job: Job, at: datetime, *, status: int | None) -> None:
    about = {"delivery": job.args["delivery"], "type": job.args["type"]}
    log.record(
        verb,
        tenant=job.tenant_id,
        subject=f"endpoint:{job.args['endpoint']}",
        actor="system:engine",
        at=at,
        data={**about, "status": status, "code": job.error_code},
    )
