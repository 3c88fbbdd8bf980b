"""Forgets how a subject's connections did. What is counted by tenant and partner names nobody, and stays."""

from datetime import datetime

from apps.core.erasure import Subject
from apps.insights.models import ConnectionHealth, HealthResult, Outage


def erase(subject: Subject, _at: datetime) -> None:
    """Delete what is known of its connections."""
    for model in (ConnectionHealth, HealthResult, Outage):
        rows = model.objects.for_tenant(subject.tenant)
        rows.filter(connection__in=subject.connections).delete()
