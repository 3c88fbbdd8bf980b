"""Named Celery tasks; each is one call into the house."""

from typing import Any

from celery import shared_task

from apps.connections import endings, renewal, sign_ins
from apps.core import clock


@shared_task(name="connections.renew_due")
def renew_due(**_kwargs: Any) -> int:
    """Renew access that ends soon."""
    return renewal.renew_due(at=clock.now())


@shared_task(name="connections.tell_endings")
def tell_endings(**_kwargs: Any) -> int:
    """Tell of authorisations that only a person can prolong."""
    return endings.tell_endings(at=clock.now())


@shared_task(name="connections.forget_sign_ins")
def forget_sign_ins(**_kwargs: Any) -> int:
    """Erase the secrets of sign-ins that nobody finished."""
    return sign_ins.forget_old_ones(at=clock.now())
