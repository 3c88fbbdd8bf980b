"""Set deliveries on their way: one for each event and endpoint, a test, or one more time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from apps.core import ids
from apps.core.problems import Problem
from apps.events.models import Event
from apps.jobs.actions.enqueue import NewJob, enqueue
from apps.jobs.actions.enqueue_many import enqueue_many
from apps.jobs.actions.replay import replay
from apps.jobs.choices import OPEN
from apps.jobs.models import DeadLetter
from apps.webhooks.catalogue.payload import render
from apps.webhooks.catalogue.types import TEST
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.outbound import queries
from apps.webhooks.outbound.actions.keep import locked
from apps.webhooks.outbound.actions.tell import record
from apps.webhooks.outbound.choices import DeliveryState
from apps.webhooks.outbound.lanes import lane_of

KIND, TEST_KIND = "webhook_delivery", "webhook_test"


class StillUnderWay(Problem):
    """The delivery is on its way already."""

    code = "delivery_under_way"
    status = 409
    title = "This is on its way already"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event comes from: a delivery belongs to the same cycle, and says the same request in the log."""

    cycle: UUID
    request: UUID | None


def send(
    deliveries: Sequence[Delivery],
    endpoints: dict[UUID, Endpoint],
    *,
    origins: Mapping[UUID, Origin],
    at: datetime,
) -> None:
    """Store new deliveries with their jobs. Call it last in its transaction: it locks the lanes."""
    Delivery.objects.bulk_create(deliveries)
    jobs = [
        _from(origins.get(one.event), _job(one, endpoints[one.endpoint_id], KIND, at)) for one in deliveries
    ]
    enqueue_many(jobs, actor="system:webhooks", at=at)


@transaction.atomic
def send_test(
    pk: UUID, *, tenant: UUID, actor: str, at: datetime, idempotency_key: str | None = None
) -> tuple[Delivery, bool]:
    """
    Send one made-up event, also to a paused endpoint, and once only; return it and True.

    With a key that was used before return the first one and False.
    """
    endpoint = locked(pk, tenant=tenant)
    name = uuid5(endpoint.pk, idempotency_key) if idempotency_key else ids.uuid7()
    if first := queries.deliveries_of(endpoint).filter(event=name).first():
        return first, False
    event = Event(id=name, tenant=tenant, verb=TEST.name, subject=endpoint.lane_key, actor=actor, at=at)
    made = Delivery.objects.create(
        tenant_id=tenant,
        endpoint=endpoint,
        event=name,
        type=TEST.name,
        event_at=at,
        body=render(event, TEST, sequence=None),
        job=ids.uuid7(),
        created_at=at,
    )
    record("webhook.tested", endpoint, actor=actor, at=at, delivery=str(made.pk))
    enqueue(_job(made, endpoint, TEST_KIND, at), actor=actor, at=at)
    return made, True


@transaction.atomic
def redeliver(
    pk: UUID, *, tenant: UUID, actor: str, at: datetime, idempotency_key: str | None = None
) -> tuple[Delivery, bool]:
    """
    Deliver once more: the same text under the same id, so that a receiver that has it knows.

    A dead letter is replayed, which settles it. Return the delivery, and False when the key was used for this before.

    :raises StillUnderWay: when it has not ended.
    """
    rows = Delivery.objects.for_tenant(tenant).select_for_update(of=("self",)).select_related("endpoint")
    one = rows.get(pk=pk, endpoint__removed_at=None)
    if idempotency_key and one.redelivered_with == idempotency_key:
        return one, False
    carrier = queries.carriers([one]).get(one.pk)
    if one.state == DeliveryState.WAITING or (carrier and carrier.state in OPEN):
        raise StillUnderWay(detail="It is tried again by itself.")
    open_letters = DeadLetter.objects.for_tenant(tenant).filter(job=one.job, resolved_at=None)
    record("webhook.redelivered", one.endpoint, actor=actor, at=at, delivery=str(one.pk))
    if letter := open_letters.first():
        one.job = replay(letter.pk, tenant=tenant, actor=actor, at=at).pk
    else:
        one.job = ids.uuid7()
        kind = TEST_KIND if one.type == TEST.name else KIND
        enqueue(_job(one, one.endpoint, kind, at), actor=actor, at=at)
    one.state, one.ended_at, one.redelivered_with = DeliveryState.WAITING, None, idempotency_key or ""
    one.save(update_fields=["job", "state", "ended_at", "redelivered_with"])
    return one, True


def _from(origin: Origin | None, job: NewJob) -> NewJob:
    return replace(job, cycle=origin.cycle, request=origin.request) if origin else job


def _job(delivery: Delivery, endpoint: Endpoint, kind: str, at: datetime) -> NewJob:
    return NewJob(
        lane=lane_of(endpoint),
        kind=kind,
        args={"delivery": str(delivery.pk), "endpoint": str(endpoint.pk), "type": delivery.type},
        due_at=at,
        job=delivery.job,
        priority=0 if kind == TEST_KIND else 1,
    )
