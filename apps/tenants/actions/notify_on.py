"""Choose what a member is told by e-mail, and when not."""

from datetime import time

from django.db import transaction

from apps.tenants.choices import NotifyOn
from apps.tenants.models import Membership


@transaction.atomic
def choose(member: Membership, topic: NotifyOn, *, wanted: bool) -> Membership:
    """Tell the member of a topic from now on, or no longer; the quiet hours stay."""
    row = Membership.objects.for_tenant(member.tenant_id).select_for_update().get(pk=member.pk)
    topics = set(row.notify_on) - {topic} | ({topic} if wanted else set())
    row.notify_on = sorted(topics)
    row.save(update_fields=["notify_on"])
    return row


@transaction.atomic
def tell(
    member: Membership, topic: NotifyOn, *, wanted: bool, quiet_from: time | None, quiet_until: time | None
) -> Membership:
    """Tell the member of a topic from now on, or no longer; quiet hours have both ends or none."""
    row = choose(member, topic, wanted=wanted)
    row.quiet_from, row.quiet_until = quiet_from, quiet_until
    row.save(update_fields=["quiet_from", "quiet_until"])
    return row
