"""Reads of connections."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from apps.connections.choices import REFUSED, STOPPED, CredentialState
from apps.connections.models import Connection, Credential


def connections_of(*, tenant: UUID) -> QuerySet[Connection]:
    """Return the tenant's connections by name."""
    return Connection.objects.for_tenant(tenant).order_by("name", "id")


def scopes_of(connections: Iterable[Connection]) -> dict[UUID, list[str]]:
    """Return what was granted, by grant; a grant whose partner says nothing about it has an empty list."""
    rows = Credential.objects.filter(
        grant__in={one.grant_id for one in connections}, connection=None, state=CredentialState.CURRENT
    )
    return dict(rows.values_list("grant_id", "scopes"))


def stopped(*, tenant: UUID) -> QuerySet[Connection]:
    """Return the connections that publish nothing now, the longest first."""
    return Connection.objects.for_tenant(tenant).filter(status__in=sorted(STOPPED)).order_by("paused_at")


@dataclass(frozen=True, slots=True)
class StoppedGroup:
    """Stopped connections of one reason at one partner."""

    platform: str
    reason: str  # a code; nothing where operations stopped it
    paused_by: str
    count: int
    since: datetime
    refused: int  # of them, by the partner: their people bring them back, we cannot


def stopped_groups_across_tenants() -> list[StoppedGroup]:
    """Return why connections are stopped, the most frequent first."""
    rows = stopped_across_tenants().values_list("platform", "pause_reason", "paused_by")
    refused = Count("id", filter=Q(status__in=sorted(REFUSED)))
    counted = rows.annotate(count=Count("id"), since=Min("paused_at"), refused=refused)
    return [StoppedGroup(*row) for row in counted.order_by("-count", "pause_reason", "platform")]


def stopped_across_tenants() -> QuerySet[Connection]:
    """Return everybody's connections that publish nothing now; an index knows them."""
    return Connection.objects.across_tenants().filter(paused_at__isnull=False, status__in=sorted(STOPPED))


def counts_across_tenants() -> dict[str, dict[str, int]]:
    """Return how many connections there are, by partner and status."""
    found: dict[str, dict[str, int]] = {}
    rows = Connection.objects.across_tenants().values_list("platform", "status").annotate(count=Count("id"))
    for platform, status, count in rows.order_by():
        found.setdefault(platform, {})[status] = count
    return found
