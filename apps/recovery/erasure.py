"""Forgets what operations noted of a subject's connections."""

from datetime import datetime

from apps.core.erasure import Subject
from apps.recovery.models import OperationItem


def erase(subject: Subject, _at: datetime) -> None:
    """Blank the details of what was done to its connections: they may quote the partner."""
    OperationItem.objects.filter(subject__in=subject.connections).update(detail="")
