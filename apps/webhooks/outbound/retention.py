"""How long is known what endpoints were told."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core import ids
from apps.jobs.models import Job
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.outbound.choices import DeliveryState


def old(at: datetime, real_at: datetime) -> Iterable[QuerySet[Any]]:
    """
    Yield what may go: deliveries that ended, and endpoints that were removed and are asked for by nothing any more.

    What was given up stays as long as the job that its dead letter would repeat.
    """
    old_ones = Delivery.objects.across_tenants().filter(
        pk__lt=ids.floor(real_at - timedelta(days=settings.DELIVERY_DAYS))
    )
    carried = Job.objects.across_tenants().filter(pk=OuterRef("job"))
    yield old_ones.filter(
        Q(state__in=[DeliveryState.DELIVERED, DeliveryState.DROPPED])
        | (Q(state=DeliveryState.FAILED) & ~Exists(carried))
    ).order_by("pk")
    told = Delivery.objects.across_tenants().filter(endpoint=OuterRef("pk"))
    removed = Endpoint.objects.across_tenants().filter(
        removed_at__lt=at - timedelta(days=settings.DELIVERY_DAYS)
    )
    yield removed.exclude(Exists(told)).order_by("pk")
