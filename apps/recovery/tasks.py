"""Named Celery tasks of recovery; each is one call into the house."""

from typing import Any

from celery import shared_task

from apps.recovery import prompts


@shared_task(name="recovery.prompts", queue="control", expires=60)
def tell_due(**_kwargs: Any) -> int:
    """Ask people to reconnect who are to be asked by now."""
    return prompts.tell_due()
