"""What a settle learns of a partner's health: breakers that open and close, and cool-downs that a partner asked for.

Both are holds with an end. They touch no job row, wake by the clock, and dead-letter nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from apps.errors.classification import Classification, Scope
from apps.events import log
from apps.jobs import breaker
from apps.jobs.actions.hold import hold, release
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Job, Lane, LaneBreaker

FAILING = "The partner keeps failing; we try again with one post."
SLOW_DOWN = "The partner asked us to slow down."


@dataclass(frozen=True, slots=True)
class Call:
    """One call that ended: of which job, whether the partner worked, and until when it wants to be left alone."""

    job: Job
    worked: bool | None  # None says nothing about the partner's health
    found: Classification | None = None
    cool_until: datetime | None = None


def apply(calls: Sequence[Call], at: datetime) -> None:
    """Write what these calls mean for their lanes; runs in the settling transaction."""
    counting = [call for call in calls if call.worked is not None]
    lanes = {
        lane.pk: lane
        for lane in Lane.objects.across_tenants().filter(pk__in=_lanes_of_interest(calls, counting))
    }
    if lanes:
        _move_breakers(counting, lanes, at)
        _cool_down(calls, lanes, at)


def _lanes_of_interest(calls: Sequence[Call], counting: Sequence[Call]) -> set[UUID]:
    """Most calls work at lanes that have no breaker: one query sees that nothing is to be done."""
    troubled = {call.job.lane_id for call in calls if call.worked is False or call.cool_until}
    worked = {call.job.lane_id for call in counting if call.worked} - troubled
    known = LaneBreaker.objects.filter(lane__in=worked).values_list("lane", flat=True) if worked else ()
    return troubled | set(known)


def _move_breakers(calls: Sequence[Call], lanes: Mapping[UUID, Lane], at: datetime) -> None:
    results: dict[UUID, list[bool]] = defaultdict(list)
    for call in calls:
        if call.job.lane_id in lanes and call.worked is not None:
            results[call.job.lane_id].append(call.worked)
    rows = {
        row.lane_id: row
        for row in LaneBreaker.objects.select_for_update().filter(lane__in=results).order_by("lane")
    }
    for lane, worked in results.items():
        before = rows[lane].value if lane in rows else breaker.Breaker()
        now, told = breaker.after(before, worked, at, speed=settings.SPEED)
        _keep(lane, now, known=lane in rows)
        _tell(lanes[lane], now, told, at)


def _keep(lane: UUID, now: breaker.Breaker, *, known: bool) -> None:
    if not now.is_new:
        LaneBreaker.of(lane, now).save(force_update=known, force_insert=not known)
    elif known:
        LaneBreaker.objects.filter(lane=lane).delete()


def _tell(lane: Lane, now: breaker.Breaker, told: Sequence[str], at: datetime) -> None:
    scope = f"lane:{lane.key}"
    if "opened" in told and now.until:
        hold(scope=scope, reason=HoldReason.BREAKER, sentence=FAILING, at=at, until=now.until)
    if "closed" in told:
        release(scope=scope, reason=HoldReason.BREAKER, actor="system:breaker", at=at)
    for change in told:
        data = {"until": now.until.isoformat() if now.until else "", "rests": now.rests}
        log.record(
            f"breaker.{change}",
            tenant=lane.tenant_id,
            subject=lane.key,
            actor="system:breaker",
            at=at,
            data=data,
        )


def _cool_down(calls: Sequence[Call], lanes: Mapping[UUID, Lane], at: datetime) -> None:
    """Stop exactly whom the partner meant: one account, everything of one sign-in, or all of our app."""
    ends: dict[str, datetime] = {}
    for call in calls:
        if call.cool_until and call.found:
            scope = _scope(lanes[call.job.lane_id], call.job, call.found.scope)
            ends[scope] = max(ends.get(scope, call.cool_until), call.cool_until)
    for scope in sorted(ends):
        hold(scope=scope, reason=HoldReason.THROTTLE, sentence=SLOW_DOWN, at=at, until=ends[scope])


def _scope(lane: Lane, job: Job, meant: Scope) -> str:
    if meant is Scope.APP:
        return f"platform:{job.platform}"
    grant = next((one for one in lane.scopes if one.startswith("grant:")), "")
    return grant if meant is Scope.GRANT and grant else f"lane:{lane.key}"
