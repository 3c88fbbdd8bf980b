"""The connections that an operation is about, by its filter."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from apps.connections.models import Connection
from apps.recovery.operations.doer import of_tenant
from apps.tenants.scoping import TenantQuerySet

_COLUMNS = {"ids": "pk__in", "platform": "platform", "code": "pause_reason", "paused_by": "paused_by"}


def connections_in(
    statuses: Collection[str], chosen: Mapping[str, Any], *, tenant: UUID | None
) -> TenantQuerySet[Connection]:
    """Return the chosen ones that stand so, in the order in which they are taken."""
    rows = of_tenant(Connection.objects.get_queryset(), tenant).filter(status__in=sorted(statuses))
    return rows.filter(**{_COLUMNS[name]: chosen[name] for name in _COLUMNS if name in chosen}).order_by("pk")
