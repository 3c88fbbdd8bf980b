"""Forget what lanes know of a partner's trouble: others have shown that it is over."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from apps.events import log
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Hold, Lane, LaneBreaker


def reset_breakers(lanes: Collection[UUID], *, actor: str, at: datetime) -> None:
    """Close the breakers of these lanes; runs in the caller's transaction, who wakes the lanes."""
    broken = LaneBreaker.objects.select_related("lane").filter(lane__in=lanes)
    opened = [row.lane for row in broken if row.until]
    broken.delete()
    Hold.objects.filter(
        scope__in=[f"lane:{lane.key}" for lane in opened], reason=HoldReason.BREAKER, closed_at=None
    ).update(closed_at=at, closed_by=actor)
    log.record_many([_closed(lane, actor, at) for lane in opened])


def _closed(lane: Lane, actor: str, at: datetime) -> log.NewEvent:
    return log.NewEvent(
        verb="breaker.closed", tenant=lane.tenant_id, subject=lane.key, actor=actor, at=at, data={"rests": 0}
    )
