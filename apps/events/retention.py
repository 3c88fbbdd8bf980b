"""How long the event log is kept: whole weeks are dropped, since its rows cannot be deleted."""

from datetime import datetime, timedelta

from django.conf import settings

from apps.core import partitions

WEEKS = partitions.Weekly("events_event", guard="events_refuse")


def make_weeks(*, at: datetime) -> None:
    """Make the log's coming weeks."""
    partitions.ensure(WEEKS, at=at)


def prune(*, at: datetime) -> list[str]:
    """Make the coming weeks and drop those that are past keeping; return their names."""
    return partitions.tend(WEEKS, at=at, keep=timedelta(days=settings.EVENT_DAYS))
