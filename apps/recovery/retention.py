"""How long is known what an incident held and tried, what people were asked, and by which links; the incidents themselves stay."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from apps.connections.models import ReconnectLink
from apps.recovery.models import Hit, Incident, Prompt, Trial


def old(at: datetime, _real_at: datetime) -> Iterable[QuerySet[Any]]:
    """Yield what may go: trials and hits of incidents that closed long ago, prompts that did, and links."""
    over = Incident.objects.filter(closed_at__lt=at - timedelta(days=settings.INCIDENT_DAYS))
    yield Trial.objects.filter(incident__in=over)
    yield Hit.objects.across_tenants().filter(incident__in=over)
    long_ago = at - timedelta(days=settings.NOTICE_DAYS)
    yield Prompt.objects.across_tenants().filter(closed_at__lt=long_ago)
    yield ReconnectLink.objects.across_tenants().filter(expires_at__lt=long_ago)
