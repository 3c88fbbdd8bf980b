"""Tell people something once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core import ids
from apps.events import log
from apps.jobs.actions.enqueue import LaneSpec, NewJob, enqueue
from apps.notifications import audience
from apps.notifications.audience import Recipient
from apps.notifications.choices import NoticeState
from apps.notifications.letter import Letter
from apps.notifications.models import Channel, Notice
from apps.tenants.house import house


@transaction.atomic
def notify(
    *,
    key: str,
    letter: Letter,
    to: Sequence[Recipient],
    tenant: UUID | None,
    about: str,
    actor: str,
    at: datetime,
) -> Notice | None:
    """
    Write the notice and enqueue one job for each channel; None when this cause was told before.

    `key` names the cause. Whoever comes second with the same key, at the same moment or next year, tells nobody.
    """
    fresh = Notice(
        id=ids.uuid7(),
        tenant_id=tenant,
        key=key,
        about=about,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        recipients=audience.names(to),
        state=NoticeState.WAITING if to else NoticeState.NOBODY,
        created_at=at,
    )
    Notice.objects.bulk_create([fresh], ignore_conflicts=True)
    if not Notice.objects.across_tenants().filter(pk=fresh.pk).exists():
        return None
    log.record(
        "notice.written",
        tenant=tenant,
        subject=f"notice:{fresh.pk}",
        actor=actor,
        at=at,
        data={"about": about, "channels": len(to)},
    )
    for one in to:
        _carry(fresh, one, actor=actor, at=at)
    return fresh


def _carry(notice: Notice, to: Recipient, *, actor: str, at: datetime) -> None:
    new = NewJob(
        lane=lane_of(to.channel),
        kind="notification",
        args={"notice": str(notice.pk), "channel": str(to.channel.pk)},
        due_at=max(to.not_before, at),
        idempotency_key=f"notice:{notice.pk}:{to.channel.pk}",
    )
    enqueue(new, actor=actor, at=at)


def lane_of(channel: Channel) -> LaneSpec:
    """Return the channel's lane; operations' own run under the installation's tenant."""
    tenant = channel.tenant_id or house().pk
    return LaneSpec(key=channel.lane_key, tenant=tenant, platform=channel.kind, scopes=[f"tenant:{tenant}"])
