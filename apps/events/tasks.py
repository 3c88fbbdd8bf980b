"""Named Celery tasks of the log."""

from typing import Any

from celery import shared_task

from apps.core import clock
from apps.events import retention, subscribers


@shared_task(name="events.partitions")
def tend_weeks(**_kwargs: Any) -> None:
    """Make the log's coming weeks, and drop those that are past keeping."""
    retention.prune(at=clock.real_now())


@shared_task(name="events.follow")
def follow(**_kwargs: Any) -> None:
    """Let every subscriber catch up."""
    subscribers.follow()
