"""Pacing, pure: which buckets a job's next step draws from, and who gets the calls that are left in them.

A bucket counts the calls of one scope (our app, a tenant, a sign-in, an account) and one budget (all calls, writes, ...).
What it counts is what was used and has not come back yet, so that a changed limit counts at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from apps.jobs import limits
from apps.jobs.choices import JobState
from apps.jobs.limits import Budget, Limit, Per
from apps.jobs.models import Job

# A tenant's part of what all share is counted always and heeded while others go short.
SHARE = "share"
LARGEST_SHARE = 0.5
SHORT_FOR = timedelta(seconds=60)
SLOT_WAIT = timedelta(seconds=1)  # nobody knows when a call under way ends


class Key(NamedTuple):
    """The name of a bucket."""

    scope: str
    budget: str


@dataclass(frozen=True, slots=True)
class Draw:
    """So many calls out of one bucket, and the limit that the bucket stands for."""

    key: Key
    calls: float
    limit: Limit
    platform: str

    @property
    def is_share(self) -> bool:
        """True for a tenant's part of what all share."""
        return self.key.scope.startswith(f"{SHARE}:")


@dataclass(slots=True)
class Level:
    """A bucket as the claim found it: what is left now, and how it comes back."""

    left: float
    per_minute: float
    burst: float
    short: bool = False  # somebody who had his share of it to come went without
    taken: float = 0
    asked: float = 0  # by those who got nothing, one after the other

    def has(self, calls: float) -> bool:
        """Return True when so many are left, and nobody who came before was sent away."""
        return not self.asked and self.left - self.taken >= min(calls, self.burst)

    def comes(self, calls: float, at: datetime) -> datetime:
        """Return when so many more will have come back, after all that were asked for before."""
        self.asked += min(calls, self.burst)
        if not self.per_minute:
            return at + SLOT_WAIT
        return at + timedelta(minutes=max(0.0, self.asked - (self.left - self.taken)) / self.per_minute)


@dataclass(frozen=True, slots=True)
class Later:
    """When a lane may ask again, and the bucket that is empty."""

    at: datetime
    key: Key


@dataclass(slots=True)
class Grants:
    """Which jobs got their calls, when the others may ask again, and who went short of what all share."""

    granted: list[Job] = field(default_factory=list)
    draws: dict[UUID, tuple[Draw, ...]] = field(default_factory=dict)
    postponed: dict[UUID, Later] = field(default_factory=dict)  # by lane
    short: set[Key] = field(default_factory=set)


def draws_of(job: Job, scopes: Iterable[str]) -> tuple[Draw, ...]:
    """Return what a job's next attempt takes from which buckets; `scopes` are its lane's."""
    calls = limits.ONE_LOOK if job.state == JobState.VERIFYING else job.calls
    grant = grant_of(scopes)
    found = [
        Draw(Key(scope, limit.budget), number, limit, job.platform)
        for limit in limits.of(job.platform)
        if (scope := _scope(limit.per, job, grant)) and (number := _number(limit.budget, calls))
    ]
    return (*found, *(_share(draw, job) for draw in found if _is_shared(draw.limit)))


def shared_by_all() -> Iterator[Draw]:
    """Yield the buckets of our app at each platform, with nothing drawn."""
    for platform in limits.LIMITS.names():
        for limit in limits.of(platform):
            if _is_shared(limit):
                yield Draw(Key(f"app:{platform}", limit.budget), 0, limit, platform)


def grant_of(scopes: Iterable[str]) -> str:
    """Return the sign-in among a lane's scopes, or nothing."""
    return next((scope for scope in scopes if scope.startswith("grant:")), "")


def used(draw: Draw, calls: Mapping[str, int]) -> float:
    """Return what really was drawn, by the calls that were made."""
    return _number(draw.limit.budget, calls)


def grant(
    jobs: Sequence[Job],
    draws: Mapping[UUID, Sequence[Draw]],
    levels: Mapping[Key, Level],
    *,
    at: datetime,
) -> Grants:
    """
    Give each job its calls while every bucket it draws from has them; tenants take turns.

    Lanes that get nothing are spread over the time in which their calls come back, so that one call wakes one lane.
    """
    grants = Grants()
    for job in _in_turns(jobs):
        wanted = draws[job.pk]
        heeded = [draw for draw in wanted if _is_heeded(draw, levels)]
        dry = [draw for draw in heeded if not levels[draw.key].has(draw.calls)]
        if not dry:
            for draw in wanted:
                levels[draw.key].taken += draw.calls
            grants.granted.append(job)
            grants.draws[job.pk] = tuple(wanted)
            continue
        later = max(
            (Later(levels[draw.key].comes(draw.calls, at), draw.key) for draw in dry), key=lambda one: one.at
        )
        grants.postponed[job.lane_id] = later
        grants.short |= {draw.key for draw in dry if _went_short(draw, wanted, levels)}
    return grants


def _in_turns(jobs: Sequence[Job]) -> Iterator[Job]:
    """The first job of each tenant, then the second of each: nobody's backlog stands before another's only post."""
    places: dict[UUID | None, int] = defaultdict(int)
    ranked = []
    for order, job in enumerate(jobs):
        ranked.append((places[job.tenant_id], order, job))
        places[job.tenant_id] += 1
    return (job for _, _, job in sorted(ranked, key=lambda one: one[:2]))


def _scope(per: Per, job: Job, grant: str) -> str:
    if per is Per.GRANT:
        return grant
    if per is Per.CONNECTION:
        return f"connection:{job.connection}" if job.connection else ""
    return f"app:{job.platform}" if per is Per.APP else f"tenant:{job.tenant_id}:{job.platform}"


def _number(budget: str, calls: Mapping[str, int]) -> float:
    if budget == Budget.SLOTS:
        return 1
    return sum(calls.values()) if budget == Budget.CALLS else calls.get(budget, 0)


def _is_shared(limit: Limit) -> bool:
    return limit.per is Per.APP and limit.budget != Budget.SLOTS


def _share(draw: Draw, job: Job) -> Draw:
    part = Limit(
        Per.TENANT,
        draw.limit.budget,
        draw.limit.burst * LARGEST_SHARE,
        draw.limit.per_minute * LARGEST_SHARE,
    )
    key = Key(f"{SHARE}:{job.tenant_id}:{draw.key.scope}", draw.key.budget)
    return Draw(key, draw.calls, part, job.platform)


def _whole(key: Key) -> Key:
    """Return the bucket that a share is a part of."""
    return Key(key.scope.split(":", 2)[2], key.budget)


def _is_heeded(draw: Draw, levels: Mapping[Key, Level]) -> bool:
    return not draw.is_share or levels[_whole(draw.key)].short


def _went_short(draw: Draw, wanted: Sequence[Draw], levels: Mapping[Key, Level]) -> bool:
    """True when what all share is empty, and this tenant has had less of it than its part."""
    if not _is_shared(draw.limit):
        return False
    shares = [one for one in wanted if one.is_share and _whole(one.key) == draw.key]
    return any(levels[one.key].left - levels[one.key].taken >= one.calls for one in shares)
