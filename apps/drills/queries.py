"""Reads of drills."""

from uuid import UUID

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.drills.models import DrillRun
from apps.tenants.scoping import TenantQuerySet


def runs_of(*, tenant: UUID) -> TenantQuerySet[DrillRun]:
    """Return the tenant's runs."""
    return DrillRun.objects.for_tenant(tenant)


def runs_across_tenants() -> TenantQuerySet[DrillRun]:
    """Return everybody's runs: for staff."""
    return DrillRun.objects.across_tenants()


def can_drill(*, tenant: UUID, platform: str = "") -> list[Connection]:
    """Return the tenant's connections that a drill could take now, at one partner or at all."""
    rows = Connection.objects.for_tenant(tenant).filter(status=ConnectionStatus.ACTIVE)
    return list((rows.filter(platform=platform) if platform else rows).order_by("name", "pk"))
