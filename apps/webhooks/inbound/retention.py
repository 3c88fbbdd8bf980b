"""How long we keep what partners told us: whole weeks of it, and for longer than they try again what has been seen."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from apps.core import partitions
from apps.webhooks.models import Refusal, Seen

SEEN_FOR = timedelta(days=7)  # TikTok tries for three days, Meta for one and a half
TABLES = (partitions.Weekly("webhooks_intake"), partitions.Weekly("webhooks_incomingevent"))


def make_weeks(*, at: datetime) -> None:
    """Make the coming weeks."""
    for table in TABLES:
        partitions.ensure(table, at=at)


def prune(*, at: datetime) -> list[str]:
    """Make the coming weeks and drop those that are past keeping; return their names."""
    keep = timedelta(days=settings.WEBHOOK_DAYS)
    return [name for table in TABLES for name in partitions.tend(table, at=at, keep=keep)]


def old(at: datetime, _real_at: datetime) -> Iterable[QuerySet[Any]]:
    """Return what may go by now."""
    yield Seen.objects.filter(at__lt=at - SEEN_FOR)
    yield Refusal.objects.filter(hour__lt=at - timedelta(days=settings.WEBHOOK_DAYS))
