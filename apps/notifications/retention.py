"""How long is known what people were told."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from apps.core import ids
from apps.notifications.choices import NoticeState
from apps.notifications.models import Notice


def old(_at: datetime, real_at: datetime) -> Iterable[QuerySet[Any]]:
    """Yield the notices that may go: none that is still on its way. Their ids say how old they really are."""
    oldest = ids.floor(real_at - timedelta(days=settings.NOTICE_DAYS))
    yield (
        Notice.objects.across_tenants()
        .filter(pk__lt=oldest)
        .exclude(state=NoticeState.WAITING)
        .order_by("pk")
    )
