"""Endpoints for tests, and things that happen for them to hear of."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.core import clock
from apps.events import log
from apps.tenants.models import Tenant
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.outbound import wanted
from apps.webhooks.outbound.actions import keep
from tests.following import follow

SUBJECT = "connection:019a8c50-5c00-7000-8000-000000000001"


def make_endpoint(tenant: Tenant, url: str, *event_types: str) -> tuple[Endpoint, str]:
    """Keep an endpoint; return it and its secret."""
    said = wanted.check({"url": url, "event_types": list(event_types or ["connection.*"])}, whole=True)
    made = keep.create(said, tenant=tenant.pk, actor="user:alice", at=clock.now())
    return made.endpoint, made.secret


def happen(
    tenant: Tenant | None,
    verb: str = "connection.paused",
    *,
    times: int = 1,
    subject: str = SUBJECT,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Let something happen, and the subscribers hear of it."""
    said = data if data is not None else {"code": "AUTH_INVALID", "rule": "meta.190", "by": "auto"}
    for _ in range(times):
        with transaction.atomic():
            log.record(
                verb,
                tenant=tenant.pk if tenant else None,
                subject=subject,
                actor="system:auto_pause",
                at=clock.now(),
                data=said,
            )
    follow()


def deliveries(endpoint: Endpoint) -> list[Delivery]:
    """What it was told or is to be told, the oldest first."""
    return list(Delivery.objects.for_tenant(endpoint.tenant_id).filter(endpoint=endpoint).order_by("pk"))


def fresh(pk: UUID) -> Endpoint:
    """Read an endpoint again."""
    return Endpoint.objects.across_tenants().get(pk=pk)
