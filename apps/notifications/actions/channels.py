"""Add, switch and remove the ways to tell somebody."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core import crypto, ids
from apps.events import log
from apps.notifications.choices import ChannelKind
from apps.notifications.models import Channel
from apps.notifications.rooms import service_of


def add_room(*, tenant: UUID, address: str, actor: str, at: datetime) -> Channel:
    """
    Add a chat room of a tenant.

    :raises RoomUnknown: when the address is not one of a chat service that we know.
    """
    name = f"{service_of(address).name} room"
    return _add(tenant=tenant, kind=ChannelKind.APPRISE, name=name, address=address, actor=actor, at=at)


def add_way_to_operations(*, kind: ChannelKind, name: str, address: str, actor: str, at: datetime) -> Channel:
    """Add a channel of operations: an e-mail address, or any address that the chat library takes."""
    return _add(tenant=None, kind=kind, name=name, address=address, actor=actor, at=at)


@transaction.atomic
def switch(channel: Channel, *, on: bool, actor: str, at: datetime) -> bool:
    """Switch a channel on or off; False when it was so already."""
    changed = Channel.objects.across_tenants().filter(pk=channel.pk, enabled=not on).update(enabled=on)
    if changed:
        _record("channel.switched", channel, actor=actor, at=at, before=not on, after=on)
    return bool(changed)


@transaction.atomic
def remove(channel: Channel, *, actor: str, at: datetime) -> None:
    """Remove a channel with its address; what is on the way to it ends without being sent."""
    Channel.objects.across_tenants().filter(pk=channel.pk).delete()
    _record("channel.removed", channel, actor=actor, at=at)


@transaction.atomic
def _add(
    *, tenant: UUID | None, kind: ChannelKind, name: str, address: str, actor: str, at: datetime
) -> Channel:
    key = ids.uuid7()
    channel = Channel.objects.create(
        id=key,
        tenant_id=tenant,
        kind=kind,
        name=name,
        target=crypto.encrypt(address, context=f"{key}:target"),
        created_at=at,
    )
    _record("channel.added", channel, actor=actor, at=at)
    return channel


def _record(verb: str, channel: Channel, *, actor: str, at: datetime, **data: bool) -> None:
    log.record(verb, tenant=channel.tenant_id, subject=channel.lane_key, actor=actor, at=at, data=data)
