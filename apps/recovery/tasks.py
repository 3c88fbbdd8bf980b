"""Named Celery tasks of recovery; each is one call into the house."""

from typing import Any

from celery import shared_task

from apps.recovery.watch import watch


@shared_task(name="recovery.watch", queue="control", expires=30)
def run_watch(**_kwargs: Any) -> None:
    """See what many connections have in common, and act on it."""
    watch()
