"""Forget a lane's failures: whoever does this knows that its partner works again."""

from datetime import datetime

from django.db import transaction

from apps.events import log
from apps.jobs.actions.hold import release
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Lane, LaneBreaker


@transaction.atomic
def reset_breaker(lane: Lane, *, actor: str, at: datetime) -> bool:
    """Close the lane's breaker and let it go on; False when there was nothing to forget."""
    forgotten, _ = LaneBreaker.objects.filter(lane=lane).delete()
    released = release(scope=f"lane:{lane.key}", reason=HoldReason.BREAKER, actor=actor, at=at)
    if forgotten or released:
        log.record(
            "breaker.closed",
            tenant=lane.tenant_id,
            subject=lane.key,
            actor=actor,
            at=at,
            data={"by": "reset"},
        )
    return bool(forgotten or released)
