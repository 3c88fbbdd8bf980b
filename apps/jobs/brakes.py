"""What a settle learns of a partner: breakers that open and close, cool-downs that it asked for, limits nearly used up.

The first two are holds with an end. They touch no job row, wake by the clock, and dead-letter nothing. However many lanes
are in trouble, a settle asks the database the same number of questions.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from apps.core.prepared import ask
from apps.errors.classification import Scope
from apps.errors.decide import Decision
from apps.errors.outcome import Outcome, Usage, Verdict
from apps.events import log
from apps.jobs import breaker, buckets
from apps.jobs.actions.hold import rest
from apps.jobs.choices import JobState
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Job, Lane, LaneBreaker

NEARLY_GONE = 0.8  # from here on a limit is used more slowly, down to nothing when all of it is gone
SLOW_FOR = timedelta(minutes=5)  # unless the partner says it again
UNHURRIED = timedelta(seconds=0.6)  # between two calls of an account whose limit begins to run out
GONE_FOR = timedelta(minutes=1)  # when it does not say until when
FAILING = "The partner keeps failing; we try again with one post."
SLOW_DOWN = "The partner asked us to slow down."
# With every settle: through the ORM this took as long as all its decisions.
_HAVE_A_BREAKER = "SELECT lane_id FROM jobs_lanebreaker WHERE lane_id = ANY (%(lanes)s)"


@dataclass(frozen=True, slots=True)
class Call:
    """One call that ended: of which job, whether the partner worked, who wants to be left alone, or called less."""

    job: Job
    worked: bool | None  # None says nothing about the partner's health
    cool: tuple[tuple[Scope, datetime], ...] = ()
    slow: float | None = None  # to which part of what our app may call


def call_of(job: Job, outcome: Outcome, decision: Decision, at: datetime) -> Call:
    """Say what an attempt tells of its partner; looks, polls and control work tell nothing of its health."""
    found = outcome.classification
    counts = job.state == JobState.QUEUED and HoldReason.BREAKER not in job.passes
    worked: bool | None = None
    if counts and outcome.verdict is Verdict.SUCCESS:
        worked = True
    elif counts and found and (found.entry.counts_for_breaker or found.proof):
        # An answer that refuses proves that the partner works.
        worked = not found.entry.counts_for_breaker
    cool = [(one.scope, at + _regain(one)) for one in outcome.usage if one.gone >= 1]
    if found and decision.reason == "throttled" and decision.at:
        cool.append((found.scope, decision.at))
    nearly = [one for one in outcome.usage if NEARLY_GONE <= one.gone < 1]
    cool += [(one.scope, at + UNHURRIED / _part(one)) for one in nearly if one.scope is not Scope.APP]
    slow = min((_part(one) for one in nearly if one.scope is Scope.APP), default=None)
    return Call(job, worked, tuple(cool), slow)


def _regain(usage: Usage) -> timedelta:
    return timedelta(seconds=usage.regain) if usage.regain else GONE_FOR


def _part(usage: Usage) -> float:
    """Return which part of the usual pace is left, at least a hundredth."""
    return max(0.01, (1 - usage.gone) / (1 - NEARLY_GONE))


def apply(calls: Sequence[Call], at: datetime) -> None:
    """Write what these calls mean for their lanes; runs in the settling transaction."""
    lanes = {lane.pk: lane for lane in Lane.objects.across_tenants().filter(pk__in=_of_interest(calls))}
    if lanes:
        _move_breakers(calls, lanes, at)
        _cool_down(calls, lanes, at)
    if slower := {call.job.platform: call.slow for call in calls if call.slow is not None}:
        buckets.slow_down(slower, until=at + SLOW_FOR)


def _of_interest(calls: Sequence[Call]) -> set[UUID]:
    """Return the lanes to look at: most calls work at lanes that have no breaker."""
    troubled = {call.job.lane_id for call in calls if call.worked is False or call.cool}
    worked = {call.job.lane_id for call in calls if call.worked} - troubled
    known = ask(_HAVE_A_BREAKER, {"lanes": list(worked)}) if worked else []
    return troubled | {lane for (lane,) in known}


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
        for meant, until in call.cool:
            scope = _scope(lanes[call.job.lane_id], call.job, meant)
            ends[scope] = max(ends.get(scope, until), until)
    rest(ends, reason=HoldReason.THROTTLE, sentence=SLOW_DOWN, at=at)


def _scope(lane: Lane, job: Job, meant: Scope) -> str:
    if meant is Scope.APP:
        return f"platform:{job.platform}"
    grant = next((one for one in lane.scopes if one.startswith("grant:")), "")
    return grant if meant is Scope.GRANT and grant else f"lane:{lane.key}"
