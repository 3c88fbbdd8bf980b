"""Reads of channels and notices."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from apps.notifications.models import Channel, Notice


def notices_of(*, tenant: UUID) -> QuerySet[Notice]:
    """Return what the tenant's people were told, the newest first."""
    return Notice.objects.for_tenant(tenant).order_by("-id")


def rooms_of(*, tenant: UUID) -> QuerySet[Channel]:
    """Return the tenant's chat rooms by name; people's own e-mail stands with the people."""
    return Channel.objects.for_tenant(tenant).filter(person=None).order_by("name", "id")


def room(channel: UUID, *, tenant: UUID) -> Channel:
    """Return one of them. :raises Channel.DoesNotExist: when the tenant has no such room."""
    return rooms_of(tenant=tenant).get(pk=channel)


def ways_to_operations_across_tenants() -> QuerySet[Channel]:
    """Return the channels of operations that are on."""
    return Channel.objects.across_tenants().filter(tenant=None, enabled=True).order_by("id")


def notices_across_tenants(ids: Iterable[UUID]) -> dict[UUID, Notice]:
    """Return these notices by id."""
    return Notice.objects.across_tenants().in_bulk(list(set(ids)))


def channels_across_tenants(ids: Iterable[UUID]) -> dict[UUID, Channel]:
    """Return these channels by id, with their persons."""
    return Channel.objects.across_tenants().select_related("person").in_bulk(list(set(ids)))
