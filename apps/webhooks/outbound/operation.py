"""The operation that delivers again what endpoints never took."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.recovery.choices import ItemResult
from apps.recovery.models import Operation
from apps.recovery.operations.doer import Doer, Result, of_tenant
from apps.tenants.scoping import TenantQuerySet
from apps.webhooks.models import Delivery
from apps.webhooks.outbound.actions.deliver import StillUnderWay, redeliver
from apps.webhooks.outbound.choices import DeliveryState


class Redeliver(Doer):
    """Delivers each once more, the oldest first: all that were given up, or the named ones that have ended."""

    slice = 50

    def subjects(
        self, chosen: Mapping[str, Any], *, tenant: UUID | None, at: datetime
    ) -> TenantQuerySet[Delivery]:
        rows = of_tenant(Delivery.objects.get_queryset(), tenant).filter(endpoint__removed_at=None)
        if "endpoints" in chosen:
            rows = rows.filter(endpoint__in=chosen["endpoints"])
        ended = [DeliveryState.FAILED]
        if "ids" in chosen:
            rows, ended = rows.filter(pk__in=chosen["ids"]), [DeliveryState.FAILED, DeliveryState.DELIVERED]
        return rows.filter(state__in=ended).order_by("pk")

    def act(self, operation: Operation, row: Delivery, predicted: str, at: datetime) -> Result:
        try:
            again, _ = redeliver(row.pk, tenant=row.tenant_id, actor=operation.actor, at=at)
        except StillUnderWay as problem:
            return Result(ItemResult.LEFT_ALONE, problem.title)
        return Result(ItemResult.REPLAYED, job=again.job)
