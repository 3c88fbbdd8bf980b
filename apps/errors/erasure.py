"""Forgets the samples of answers in which a subject is named."""

from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from apps.core.erasure import Subject
from apps.errors.models import Sample, Unclassified


def erase(subject: Subject, _at: datetime) -> None:
    """Delete samples that name one of the subject's ids or names, and blank the newest of those counted."""
    if not subject.told:
        return
    named = reduce(or_, (Q(body__contains=name) for name in sorted(subject.told)))
    Sample.objects.filter(named).delete()
    said = reduce(or_, (Q(message__contains=name) for name in sorted(subject.told)))
    Unclassified.objects.filter(named | said).update(body="", message="")
