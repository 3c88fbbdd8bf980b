"""Named Celery tasks of the log."""

from typing import Any

from celery import shared_task

from apps.core import clock, partitions
from apps.events import subscribers


@shared_task(name="events.partitions", queue="control", expires=3600)
def make_weeks(**_kwargs: Any) -> None:
    """Make the log's coming weeks."""
    partitions.ensure("events_event", at=clock.real_now())


@shared_task(name="events.follow", queue="control", expires=60)
def follow(**_kwargs: Any) -> None:
    """Let every subscriber catch up."""
    subscribers.follow()
