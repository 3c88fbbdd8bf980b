"""Who is told: the people of a tenant who asked for it, its chat rooms, or operations; and when it is not at night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.notifications import queries
from apps.notifications.choices import ChannelKind
from apps.notifications.models import Channel
from apps.tenants.choices import NotifyOn, Role
from apps.tenants.models import Membership

_WHO_ACT = (Role.OPERATOR, Role.ADMIN)
# What there is only to be read.
_CONCERNS = {NotifyOn.WEEKLY_SUMMARY: tuple(Role)}


@dataclass(frozen=True, slots=True)
class Recipient:
    """A channel, and from when on it may be used."""

    channel: Channel
    not_before: datetime


def operations(*, at: datetime) -> list[Recipient]:
    """Return the ways to operations; they have no quiet hours."""
    return [Recipient(channel, at) for channel in queries.ways_to_operations_across_tenants()]


def people_of(tenant: UUID, topic: NotifyOn, *, at: datetime) -> list[Recipient]:
    """Return those who asked to be told and can act on it, each by the own e-mail, and the tenant's chat rooms."""
    members = (
        Membership.objects.for_tenant(tenant)
        .filter(role__in=_CONCERNS.get(topic, _WHO_ACT), notify_on__contains=[topic], user__is_active=True)
        .select_related("user", "tenant")
        .order_by("user__email")
    )
    persons = [Recipient(own_mail(member, at=at), after_quiet_hours(member, at)) for member in members]
    rooms = [Recipient(room, at) for room in queries.rooms_of(tenant=tenant)]
    return [one for one in (*persons, *rooms) if one.channel.enabled]


def own_mail(member: Membership, *, at: datetime) -> Channel:
    """Return the person's own channel at this tenant; it comes into being when it is first needed."""
    channel, _ = Channel.objects.across_tenants().get_or_create(
        tenant_id=member.tenant_id,
        person=member.user,
        defaults={"kind": ChannelKind.EMAIL, "name": "E-mail", "created_at": at},
    )
    channel.person = member.user
    return channel


def after_quiet_hours(member: Membership, at: datetime) -> datetime:
    """Return `at`, or the end of the quiet hours that it falls into (in the tenant's time zone, also over midnight)."""
    if member.quiet_from is None or member.quiet_until is None or member.quiet_from == member.quiet_until:
        return at
    local = at.astimezone(ZoneInfo(member.tenant.time_zone))
    begin, end, now = member.quiet_from, member.quiet_until, local.time()
    quiet = begin <= now < end if begin < end else now >= begin or now < end
    if not quiet:
        return at
    day = local.date() + timedelta(days=1 if now >= end else 0)
    return datetime.combine(day, end, tzinfo=local.tzinfo).astimezone(at.tzinfo)


def names(recipients: Sequence[Recipient]) -> list[dict[str, str]]:
    """Return to whom, as it is kept with the notice."""
    return [{"channel": str(one.channel.pk), "name": one.channel.shown_name} for one in recipients]
