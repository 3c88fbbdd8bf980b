"""How long insights are kept: days for ever, hours for three months, minutes for two days, single checks for a month."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from apps.core import ids
from apps.insights.choices import Span
from apps.insights.models import HealthResult, OpenCall, Outage, Rollup
from apps.insights.rollups import MINUTES_KEPT

HOURS_KEPT = timedelta(days=90)


def old(at: datetime, real_at: datetime) -> Iterable[QuerySet[Any]]:
    """Yield what may go. The ids of checks say how old they really are; attempts are dropped with their week."""
    checks = ids.floor(real_at - timedelta(days=settings.HEALTH_DAYS))
    yield HealthResult.objects.across_tenants().filter(pk__lt=checks).order_by("pk")
    rows = Rollup.objects.across_tenants()
    yield rows.filter(span=Span.MINUTE, begin__lt=at - MINUTES_KEPT).order_by("begin")
    yield rows.filter(span=Span.HOUR, begin__lt=at - HOURS_KEPT).order_by("begin")
    yield OpenCall.objects.filter(pk__lt=ids.floor(real_at - timedelta(days=settings.ATTEMPT_DAYS)))
    yield Outage.objects.across_tenants().filter(ended_at__lt=at - timedelta(days=settings.EVENT_DAYS))
