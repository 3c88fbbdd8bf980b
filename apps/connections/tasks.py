"""Named Celery tasks; each is one call into the house."""

from typing import Any

from celery import shared_task

from apps.connections import sign_ins
from apps.core import clock


@shared_task(name="connections.forget_sign_ins", queue="control", expires=300)
def forget_sign_ins(**_kwargs: Any) -> int:
    """Erase the secrets of sign-ins that nobody finished."""
    return sign_ins.forget_old_ones(at=clock.now())
