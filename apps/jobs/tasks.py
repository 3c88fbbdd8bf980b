"""Named Celery tasks; each is one call into the house. A lost message loses nothing."""

from typing import Any

from celery import shared_task

from apps.core import clock
from apps.jobs import retention, worker
from apps.jobs.models import Tick
from apps.jobs.sweep import sweep

TURN_BUDGET = 20.0  # seconds; then the task ends and another worker may have its turn


@shared_task(name="jobs.pump")
def pump(**_kwargs: Any) -> int:
    """Turn this process's pump while there is work."""
    return worker.turn(TURN_BUDGET)


@shared_task(name="jobs.sweep")
def run_sweep(**_kwargs: Any) -> None:
    """Put right what a death, a clock or a defect left behind."""
    sweep()
    Tick.objects.update_or_create(name="jobs.sweep", defaults={"at": clock.real_now()})


@shared_task(name="jobs.partitions")
def tend_weeks(**_kwargs: Any) -> None:
    """Make the coming weeks of attempts, and drop those that are past keeping."""
    retention.tend_weeks(at=clock.real_now())


@shared_task(name="jobs.prune")
def prune(**_kwargs: Any) -> None:
    """Delete what ended long ago, for a few seconds; the next run goes on."""
    retention.prune(at=clock.now(), real_at=clock.real_now())
