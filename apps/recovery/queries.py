"""Reads of operations."""

from uuid import UUID

from django.db.models import QuerySet

from apps.recovery.models import Operation, OperationItem
from apps.tenants.scoping import TenantQuerySet


def operations_of(*, tenant: UUID) -> TenantQuerySet[Operation]:
    """Return the tenant's operations, newest first."""
    return Operation.objects.for_tenant(tenant).order_by("-id")


def operations_across_tenants() -> TenantQuerySet[Operation]:
    """Return everybody's operations, newest first."""
    return Operation.objects.across_tenants().select_related("tenant").order_by("-id")


def items_of(operation: Operation) -> QuerySet[OperationItem]:
    """Return what became of each subject, in the order in which they were taken."""
    return OperationItem.objects.filter(operation=operation).order_by("id")
