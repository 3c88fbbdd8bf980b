"""Reads of recovery: what is paused, which incidents and operations there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from apps.connections import queries as connections
from apps.connections.choices import STOPPED, ConnectionStatus
from apps.connections.models import Connection
from apps.jobs.choices import CLAIMABLE
from apps.jobs.models import Job
from apps.recovery.choices import Family
from apps.recovery.models import Hit, Incident, Operation, OperationItem, Trial
from apps.tenants.scoping import TenantQuerySet


@dataclass(frozen=True, slots=True)
class Extent:
    """How many an incident concerns."""

    tenants: int
    connections: int
    jobs: int


def paused_connections(tenant: UUID) -> QuerySet[Connection]:
    """Return the tenant's connections that publish nothing until somebody or something brings them back."""
    return connections.stopped(tenant=tenant)


def open_incidents_across_tenants() -> QuerySet[Incident]:
    """Return the incidents that have not been closed, the oldest first."""
    return Incident.objects.filter(closed_at=None).order_by("opened_at")


def open_hits(incident: Incident) -> QuerySet[Hit]:
    """Return what the incident holds now; what is likeliest to work comes first."""
    return (
        Hit.objects.across_tenants()
        .select_related("lane")
        .filter(incident=incident, released_at=None)
        .order_by("failures", "held_at", "pk")
    )


def trials(incident: Incident) -> QuerySet[Trial]:
    """Return what was tried, the newest first."""
    return Trial.objects.filter(incident=incident).order_by("-began_at", "pk")


def extent(incident: Incident) -> Extent:
    """Return how many tenants, connections and waiting jobs the incident has hit so far."""
    if incident.family == Family.APP:
        mine = Connection.objects.across_tenants().filter(platform=incident.platform, status="active")
        lanes = Job.objects.across_tenants().filter(platform=incident.platform)
    else:
        hits = Hit.objects.across_tenants().filter(incident=incident)
        mine = hits  # type: ignore[assignment]
        lanes = Job.objects.across_tenants().filter(lane__in=hits.values("lane"))
    found = mine.aggregate(tenants=Count("tenant", distinct=True), connections=Count("pk"))
    return Extent(found["tenants"], found["connections"], _waiting(lanes))


def _waiting(jobs: QuerySet[Job]) -> int:
    """Count the open ones, state by state: each has an index of its own, and what has ended is never looked at."""
    posts = jobs.exclude(kind="health_check")
    return sum(
        posts.filter(state__in=states).count() for states in (sorted(CLAIMABLE), ["held"], ["running"])
    )


def incidents_over(mine: Iterable[Connection], *, tenant: UUID) -> dict[UUID, Incident]:
    """Return the open incident that holds each of the tenant's connections, by connection."""
    rows = list(mine)
    over = {one.platform: one for one in _stopped_apps().filter(platform__in={row.platform for row in rows})}
    found = {one.pk: over[one.platform] for one in rows if one.platform in over}
    hits = Hit.objects.for_tenant(tenant).select_related("incident")
    for hit in hits.filter(
        released_at=None, incident__closed_at=None, connection__in=[one.pk for one in rows]
    ):
        if hit.connection:
            found[hit.connection] = hit.incident
    return found


def held_back(*, tenant: UUID) -> QuerySet[Connection]:
    """Return the tenant's connections that are stopped, or that work and have an incident over them."""
    hits = Hit.objects.for_tenant(tenant).filter(
        released_at=None, incident__closed_at=None, connection__isnull=False
    )
    held = Q(pk__in=hits.values("connection")) | Q(platform__in=_stopped_apps().values("platform"))
    stopped = Q(status__in=sorted(STOPPED))
    return Connection.objects.for_tenant(tenant).filter(stopped | (held & Q(status=ConnectionStatus.ACTIVE)))


def _stopped_apps() -> QuerySet[Incident]:
    return Incident.objects.filter(closed_at=None, family=Family.APP, stage="")


def operations_of(*, tenant: UUID) -> TenantQuerySet[Operation]:
    """Return the tenant's operations, newest first."""
    return Operation.objects.for_tenant(tenant).order_by("-id")


def operations_across_tenants() -> TenantQuerySet[Operation]:
    """Return everybody's operations, newest first."""
    return Operation.objects.across_tenants().select_related("tenant").order_by("-id")


def items_of(operation: Operation) -> QuerySet[OperationItem]:
    """Return what became of each subject, in the order in which they were taken."""
    return OperationItem.objects.filter(operation=operation).order_by("id")
