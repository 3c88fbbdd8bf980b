"""How long failed sign-ins are kept: they name addresses of machines, and lock nobody out any more after minutes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.db.models import QuerySet

KEPT = timedelta(days=30)


def old(_at: datetime, real_at: datetime) -> Iterable[QuerySet[Any]]:
    """Yield the failed sign-ins that may go; axes dates them by the real time."""
    yield AccessAttempt.objects.filter(attempt_time__lt=real_at - KEPT).order_by("attempt_time")
