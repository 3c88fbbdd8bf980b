"""Make, change and remove endpoints, and give them new secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.core import crypto, ids
from apps.core.problems import Problem
from apps.jobs.actions.enqueue import IdempotencyKeyReused
from apps.jobs.actions.hold import release
from apps.jobs.choices import JobState
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Job
from apps.tenants.models import Tenant
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.outbound.actions.tell import record
from apps.webhooks.outbound.choices import DeliveryState
from apps.webhooks.outbound.signing import new_secret

MOST = 20  # endpoints of one tenant: every event is written once for each
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)


class TooManyEndpoints(Problem):
    """The tenant has as many endpoints as it may have."""

    code = "too_many_endpoints"
    status = 409
    title = f"A tenant may have {MOST} endpoints"


@dataclass(frozen=True, slots=True)
class Made:
    """An endpoint and its secret in clear; `new` is False when a repeated request found it."""

    endpoint: Endpoint
    secret: str
    new: bool


@transaction.atomic
def create(
    said: Mapping[str, Any], *, tenant: UUID, actor: str, at: datetime, idempotency_key: str | None = None
) -> Made:
    """
    Keep a checked endpoint.

    :raises TooManyEndpoints: when the tenant has enough.
    :raises IdempotencyKeyReused: when the key was used for another one.
    """
    Tenant.objects.select_for_update(no_key=True).get(
        pk=tenant
    )  # one after the other: the count must be true
    rows = Endpoint.objects.for_tenant(tenant)
    if idempotency_key and (first := rows.filter(made_with=idempotency_key, removed_at=None).first()):
        return Made(_same(first, said), first.current_secret(), new=False)
    if rows.filter(removed_at=None).count() >= MOST:
        raise TooManyEndpoints(detail="Remove one that is no longer needed.")
    key, secret = ids.uuid7(), new_secret()
    made = Endpoint.objects.create(
        id=key,
        tenant_id=tenant,
        secret=crypto.encrypt(secret, context=f"{key}:secret"),
        made_with=idempotency_key,
        created_at=at,
        **said,
    )
    record("webhook.created", made, actor=actor, at=at, event_types=made.event_types)
    return Made(made, secret, new=True)


@transaction.atomic
def change(pk: UUID, said: Mapping[str, Any], *, tenant: UUID, actor: str, at: datetime) -> Endpoint:
    """Change an endpoint's checked fields; what is on its way goes to the new address."""
    endpoint = locked(pk, tenant=tenant)
    before = {name: getattr(endpoint, name) for name in said}
    if before != said:
        for name, value in said.items():
            setattr(endpoint, name, value)
        endpoint.save(update_fields=list(said))
        record("webhook.changed", endpoint, actor=actor, at=at, fields=sorted(said))
    return endpoint


@transaction.atomic
def remove(pk: UUID, *, tenant: UUID, actor: str, at: datetime) -> None:
    """Remove an endpoint with its secrets; what waits for it is not sent, and what was sent stays listed for staff."""
    endpoint = locked(pk, tenant=tenant)
    Endpoint.objects.for_tenant(tenant).filter(pk=pk).update(
        removed_at=at, secret="", previous_secret="", previous_until=None, made_with=None
    )
    # Takes the lane's lock, so no claim begins any of its jobs now; what is being sent ends as it ends, and is the last.
    release(scope=f"lane:{endpoint.lane_key}", reason=HoldReason.ENDPOINT, actor=actor, at=at)
    jobs = Job.objects.for_tenant(tenant)
    waiting = jobs.filter(lane__key=endpoint.lane_key, state=JobState.QUEUED)
    dropped = waiting.update(state=JobState.CANCELLED, finished_at=at)
    ended = Exists(jobs.filter(pk=OuterRef("job"), state=JobState.CANCELLED))
    Delivery.objects.for_tenant(tenant).filter(ended, endpoint=endpoint, state=DeliveryState.WAITING).update(
        state=DeliveryState.DROPPED, ended_at=at
    )
    record("webhook.removed", endpoint, actor=actor, at=at, dropped=dropped)


@transaction.atomic
def rotate(
    pk: UUID,
    *,
    tenant: UUID,
    actor: str,
    at: datetime,
    overlap: timedelta = OVERLAP,
    idempotency_key: str | None = None,
) -> Made:
    """
    Give an endpoint a new secret; the one before signs as well for `overlap`.

    A repeated request changes nothing: a second new secret would end the one that the receiver still has.
    """
    endpoint = locked(pk, tenant=tenant)
    if idempotency_key and endpoint.rotated_with == idempotency_key:
        return Made(endpoint, endpoint.current_secret(), new=False)
    secret = new_secret()
    endpoint.previous_secret, endpoint.previous_until = endpoint.secret, at + overlap
    endpoint.secret = crypto.encrypt(secret, context=f"{endpoint.pk}:secret")
    endpoint.rotated_with = idempotency_key or ""
    endpoint.save(update_fields=["secret", "previous_secret", "previous_until", "rotated_with"])
    until = endpoint.previous_until.isoformat()
    record("webhook.secret_rotated", endpoint, actor=actor, at=at, until=until)
    return Made(endpoint, secret, new=True)


def forget_secrets(*, at: datetime) -> int:
    """Erase the secrets whose time is over, of all tenants; return how many."""
    over = Endpoint.objects.across_tenants().filter(previous_until__lte=at)
    return over.update(previous_secret="", previous_until=None)


def locked(pk: UUID, *, tenant: UUID) -> Endpoint:
    """Return a tenant's endpoint, locked. :raises Endpoint.DoesNotExist: when it has no such one."""
    rows = Endpoint.objects.for_tenant(tenant).filter(removed_at=None)
    return rows.select_for_update(of=("self",), no_key=True).get(pk=pk)


def _same(first: Endpoint, said: Mapping[str, Any]) -> Endpoint:
    if any(getattr(first, name) != value for name, value in said.items()):
        raise IdempotencyKeyReused(
            detail="Use a new key for a new endpoint, or send the first request unchanged."
        )
    return first
