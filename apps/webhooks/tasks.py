"""Named Celery tasks of webhooks."""

from typing import Any

from celery import shared_task

from apps.core import clock
from apps.webhooks.outbound.actions import keep


@shared_task(name="webhooks.forget_secrets", queue="control", expires=600)
def forget_secrets(**_kwargs: Any) -> None:
    """Erase secrets that sign no more."""
    keep.forget_secrets(at=clock.now())
