"""How long uploads are kept that no post took: their author closed the page, or a client of the API forgot them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from apps.publishing.models import Media


def old(at: datetime, _real_at: datetime) -> Iterable[QuerySet[Any]]:
    """Yield the uploads that may go; a draft that is still open somewhere is younger."""
    before = at - timedelta(days=settings.MEDIA_DAYS)
    yield Media.objects.across_tenants().filter(is_used=False, created_at__lt=before).order_by("created_at")
