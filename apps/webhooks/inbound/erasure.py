"""Forgets what partners told us of a subject."""

from datetime import datetime

from django.db.models import Q

from apps.core.erasure import Subject
from apps.webhooks.models import IncomingEvent, Intake


def erase(subject: Subject, _at: datetime) -> None:
    """Blank the events about it, and the POSTs that brought them: they cannot be replayed any more."""
    told = IncomingEvent.objects.filter(
        Q(about__in=subject.names) | Q(connections__overlap=list(subject.connections))
    )
    Intake.objects.filter(pk__in=list(told.values_list("intake", flat=True))).update(body=b"")
    told.update(about="", note="")
