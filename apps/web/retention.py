"""How long the site keeps what people left at its door: failed sign-ins, and sessions that are over."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

KEPT = timedelta(days=30)


def old(_at: datetime, real_at: datetime) -> Iterable[QuerySet[Any]]:
    """
    Yield what may go; Django and axes date it by the real time.

    A failed sign-in names the address of a machine, and locks nobody out any more after minutes.
    """
    yield AccessAttempt.objects.filter(attempt_time__lt=real_at - KEPT).order_by("attempt_time")
    yield Session.objects.filter(expire_date__lt=real_at).order_by("expire_date")
