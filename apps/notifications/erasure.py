"""Forgets what people were told of a subject."""

from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from apps.core.erasure import Subject
from apps.notifications.models import Notice

ERASED = "Erased"


def erase(subject: Subject, _at: datetime) -> None:
    """Blank the notices about its accounts, and those that name one; that somebody was told, and when, stays."""
    about = [f"grant:{one}" for one in subject.grants] + [f"connection:{one}" for one in subject.connections]
    named = reduce(
        or_, (Q(text__contains=name) | Q(subject__contains=name) for name in sorted(subject.told)), Q()
    )
    # Operations are told of tenants' accounts in notices that belong to no tenant.
    rows = Notice.objects.across_tenants().filter(Q(tenant=subject.tenant) | Q(tenant=None))
    rows.filter(Q(about__in=about) | named if subject.told else Q(about__in=about)).update(
        subject=ERASED, text="", html=""
    )
