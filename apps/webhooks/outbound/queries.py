"""Reads of endpoints and deliveries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from apps.jobs.explain import Explanation, explain_many
from apps.jobs.models import Attempt, Job
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.outbound.choices import DeliveryState


@dataclass(frozen=True, slots=True)
class Backlog:
    """What an endpoint has not been told: on its way, and given up."""

    waiting: int
    failed: int


@dataclass(frozen=True, slots=True)
class Followed:
    """A delivery with the job that carries it now, its tries, and the sentence that says where it is."""

    delivery: Delivery
    job: Job | None
    attempts: Sequence[Attempt]
    explanation: Explanation | None


def endpoints_of(*, tenant: UUID) -> QuerySet[Endpoint]:
    """Return the tenant's endpoints, newest first."""
    return Endpoint.objects.for_tenant(tenant).filter(removed_at=None).order_by("-id")


def endpoint(pk: UUID, *, tenant: UUID) -> Endpoint:
    """Return one of them. :raises Endpoint.DoesNotExist: when the tenant has no such endpoint."""
    return endpoints_of(tenant=tenant).get(pk=pk)


def endpoints_across_tenants(ids: Iterable[UUID]) -> dict[UUID, Endpoint]:
    """Return these endpoints by id, removed ones too."""
    return Endpoint.objects.across_tenants().in_bulk(list(set(ids)))


def deliveries_of(one: Endpoint) -> QuerySet[Delivery]:
    """Return what an endpoint was told, or is to be told, newest first."""
    rows = Delivery.objects.for_tenant(one.tenant_id).filter(endpoint=one)
    return rows.select_related("endpoint").order_by("-id")


def delivery(pk: UUID, *, tenant: UUID) -> Delivery:
    """Return one with its endpoint. :raises Delivery.DoesNotExist: when the tenant has no such delivery."""
    return Delivery.objects.for_tenant(tenant).select_related("endpoint").get(pk=pk)


def deliveries_across_tenants(ids: Iterable[UUID]) -> dict[UUID, Delivery]:
    """Return these deliveries by id."""
    return Delivery.objects.across_tenants().in_bulk(list(set(ids)))


def backlog_of(one: Endpoint) -> Backlog:
    """Return how much an endpoint has not been told."""
    return backlogs([one])[one.pk]


def backlogs(endpoints: Collection[Endpoint]) -> dict[UUID, Backlog]:
    """Return the same of several, with one question."""
    rows = Delivery.objects.across_tenants().filter(
        endpoint__in=endpoints, state__in=[DeliveryState.WAITING, DeliveryState.FAILED]
    )
    found = {
        (endpoint, state): count
        for endpoint, state, count in rows.values_list("endpoint", "state").annotate(count=Count("pk"))
    }
    return {
        one.pk: Backlog(
            waiting=found.get((one.pk, DeliveryState.WAITING), 0),
            failed=found.get((one.pk, DeliveryState.FAILED), 0),
        )
        for one in endpoints
    }


def carriers(deliveries: Collection[Delivery]) -> dict[UUID, Job]:
    """
    Return the job that carries each delivery now, by delivery.

    A dead letter can be replayed past us: until that ends, the delivery's own job is the parent of the one that counts.
    """
    named = {one.job: one.pk for one in deliveries}
    jobs = Job.objects.across_tenants().filter(Q(pk__in=named) | Q(parent__in=named)).order_by("id")
    return {named[job.parent if job.parent in named else job.pk]: job for job in jobs}


def follow(deliveries: Sequence[Delivery], *, at: datetime) -> list[Followed]:
    """Return these with all that was tried; the same number of questions for one and for a page."""
    jobs = carriers(deliveries)
    attempts = _attempts(jobs.values())
    explained = explain_many(list(jobs.values()), at=at)
    return [
        Followed(
            one,
            job := jobs.get(one.pk),
            attempts.get(job.pk, []) if job else [],
            explained[job.pk] if job else None,
        )
        for one in deliveries
    ]


def _attempts(jobs: Iterable[Job]) -> Mapping[UUID, list[Attempt]]:
    found: dict[UUID, list[Attempt]] = {job.pk: [] for job in jobs}
    for attempt in Attempt.objects.filter(job__in=list(found)).order_by("job", "number"):
        found[attempt.job_id].append(attempt)
    return found
