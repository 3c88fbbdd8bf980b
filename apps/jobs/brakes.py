"""What a settle learns of a partner's health: breakers that open and close, and cool-downs that a partner asked for.

Both are holds with an end. They touch no job row, wake by the clock, and dead-letter nothing. However many lanes are in
trouble, a settle asks the database the same number of questions.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from apps.errors.classification import Classification, Scope
from apps.errors.decide import Decision
from apps.errors.outcome import Outcome, Verdict
from apps.events import log
from apps.jobs import breaker
from apps.jobs.actions.hold import rest
from apps.jobs.choices import JobState
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


def call_of(job: Job, outcome: Outcome, decision: Decision) -> Call:
    """Say what an attempt tells of its partner; looks, polls and control work tell nothing of its health."""
    found = outcome.classification
    counts = job.state == JobState.QUEUED and HoldReason.BREAKER not in job.passes
    worked: bool | None = None
    if counts and outcome.verdict is Verdict.SUCCESS:
        worked = True
    elif counts and found and (found.entry.counts_for_breaker or found.proof):
        # An answer that refuses proves that the partner works.
        worked = not found.entry.counts_for_breaker
    cool_until = decision.at if decision.reason == "throttled" else None
    return Call(job, worked, found, cool_until)


def apply(calls: Sequence[Call], at: datetime) -> None:
    """Write what these calls mean for their lanes; runs in the settling transaction."""
    lanes = {lane.pk: lane for lane in Lane.objects.across_tenants().filter(pk__in=_of_interest(calls))}
    if lanes:
        _move_breakers(calls, lanes, at)
        _cool_down(calls, lanes, at)


def _of_interest(calls: Sequence[Call]) -> set[UUID]:
    """Return the lanes to look at: most calls work at lanes that have no breaker."""
    troubled = {call.job.lane_id for call in calls if call.worked is False or call.cool_until}
    worked = {call.job.lane_id for call in calls if call.worked} - troubled
    known = LaneBreaker.objects.filter(lane__in=worked).values_list("lane", flat=True) if worked else ()
    return troubled | set(known)


def _move_breakers(calls: Sequence[Call], lanes: Mapping[UUID, Lane], at: datetime) -> None:
    results: dict[UUID, list[bool]] = defaultdict(list)
    for call in calls:
        if call.job.lane_id in lanes and call.worked is not None:
            results[call.job.lane_id].append(call.worked)
    rows = LaneBreaker.objects.select_for_update().filter(lane__in=results).order_by("lane")
    before = {row.lane_id: row.value for row in rows}
    moved = {
        lane: breaker.after(before.get(lane, breaker.Breaker()), worked, at, speed=settings.SPEED)
        for lane, worked in results.items()
    }
    LaneBreaker.keep({lane: now for lane, (now, _) in moved.items()})
    opened = {
        f"lane:{lanes[lane].key}": now.until
        for lane, (now, told) in moved.items()
        if "opened" in told and now.until
    }
    rest(opened, reason=HoldReason.BREAKER, sentence=FAILING, at=at)
    log.record_many(
        [_event(lanes[lane], now, change, at) for lane, (now, told) in moved.items() for change in told]
    )


def _event(lane: Lane, now: breaker.Breaker, change: str, at: datetime) -> log.NewEvent:
    return log.NewEvent(
        verb=f"breaker.{change}",
        tenant=lane.tenant_id,
        subject=lane.key,
        actor="system:breaker",
        at=at,
        data={"until": now.until.isoformat() if now.until else "", "rests": now.rests},
    )


def _cool_down(calls: Sequence[Call], lanes: Mapping[UUID, Lane], at: datetime) -> None:
    """Stop exactly whom the partner meant: one account, everything of one sign-in, or all of our app."""
    ends: dict[str, datetime] = {}
    for call in calls:
        if call.cool_until and call.found:
            scope = _scope(lanes[call.job.lane_id], call.job, call.found.scope)
            ends[scope] = max(ends.get(scope, call.cool_until), call.cool_until)
    rest(ends, reason=HoldReason.THROTTLE, sentence=SLOW_DOWN, at=at)


def _scope(lane: Lane, job: Job, meant: Scope) -> str:
    if meant is Scope.APP:
        return f"platform:{job.platform}"
    grant = next((one for one in lane.scopes if one.startswith("grant:")), "")
    return grant if meant is Scope.GRANT and grant else f"lane:{lane.key}"
