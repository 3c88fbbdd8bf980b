"""Reads of connections."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from apps.connections.choices import STOPPED, CredentialState
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


def stopped_count_across_tenants() -> int:
    """Return how many connections publish nothing until somebody or something brings them back."""
    return Connection.objects.across_tenants().filter(status__in=sorted(STOPPED)).count()
