"""Reads of the log."""

from uuid import UUID

from django.db.models import QuerySet

from apps.events.models import Event


def timeline(subject: str, *, tenant: UUID) -> QuerySet[Event]:
    """Return what happened to a subject, newest first."""
    return Event.objects.filter(subject=subject, tenant=tenant).order_by("-id")
