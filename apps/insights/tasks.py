"""Named Celery tasks of insights; each is one call into the house."""

from typing import Any

from celery import shared_task

from apps.core import clock
from apps.insights import pings, rollups, summaries
from apps.insights.actions.tell_minutes import tell_minutes


@shared_task(name="insights.synthetic_pings")
def synthetic_pings(**_kwargs: Any) -> int:
    """Ask the connections that are due whether they work."""
    return pings.tick()


@shared_task(name="insights.roll_up")
def roll_up(**_kwargs: Any) -> int:
    """Count what happened since the last time, and tell of the minutes that are over."""
    at = clock.now()
    counted = rollups.roll_up(at=at)
    tell_minutes(at=at)
    return counted


@shared_task(name="insights.weekly_summary")
def weekly_summary(**_kwargs: Any) -> int:
    """Sum up the weeks that are over and not summed up yet."""
    return summaries.write_due(at=clock.now())
