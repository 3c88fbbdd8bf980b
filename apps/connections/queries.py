"""Reads of connections."""

from uuid import UUID

from django.db.models import QuerySet

from apps.connections.choices import STOPPED
from apps.connections.models import Connection


def connections_of(*, tenant: UUID) -> QuerySet[Connection]:
    """Return the tenant's connections by name."""
    return Connection.objects.for_tenant(tenant).order_by("name", "id")


def stopped(*, tenant: UUID) -> QuerySet[Connection]:
    """Return the connections that publish nothing now, the longest first."""
    return Connection.objects.for_tenant(tenant).filter(status__in=sorted(STOPPED)).order_by("paused_at")


def stopped_count_across_tenants() -> int:
    """Return how many connections publish nothing until somebody or something brings them back."""
    return Connection.objects.across_tenants().filter(status__in=sorted(STOPPED)).count()
