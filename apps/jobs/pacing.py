"""Pacing: how many calls a tenant may make at a platform, and who gets the tokens that are there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.jobs.models import Job

# Requests per minute and burst for each tenant; operators change the bucket rows, these are the first values.
DEFAULT_LIMITS: Mapping[str, tuple[float, float]] = {
    "meta": (100, 200),
    "linkedin": (50, 100),
    "tiktok": (300, 500),
    "gbp": (100, 150),
    "mailchimp": (100, 200),
}
UNLIMITED = (6000.0, 6000.0)


def scope_of(job: Job) -> str:
    """Return the bucket that a job's calls are taken from."""
    return f"tenant:{job.tenant_id}:{job.platform}"


def first_limits(job: Job) -> dict[str, object]:
    """Return the row of a bucket that does not exist yet."""
    per_minute, capacity = DEFAULT_LIMITS.get(job.platform, UNLIMITED)
    return {"scope": scope_of(job), "capacity": capacity, "per_minute": per_minute}


@dataclass(slots=True)
class Level:
    """A bucket as the claim found it, refilled to now."""

    tokens: float
    per_minute: float
    taken: float = 0


@dataclass(slots=True)
class Grants:
    """Which jobs got their calls, and when the others may ask again."""

    granted: list[Job] = field(default_factory=list)
    postponed: dict[object, datetime] = field(default_factory=dict)  # lane id -> not before


def grant(jobs: Iterable[Job], levels: Mapping[str, Level], *, at: datetime) -> Grants:
    """
    Give each job its calls in the order given, as long as its bucket has them.

    Jobs that get nothing are spread over the time in which their tokens arrive, so that one token wakes one lane.
    """
    grants = Grants()
    waiting: dict[str, float] = {}
    for job in jobs:
        scope = scope_of(job)
        level = levels[scope]
        if scope not in waiting and level.tokens - level.taken >= job.calls:
            level.taken += job.calls
            grants.granted.append(job)
            continue
        ahead = waiting.get(scope, 0) + job.calls
        waiting[scope] = ahead
        missing = max(0.0, ahead - (level.tokens - level.taken))
        grants.postponed[job.lane_id] = at + timedelta(minutes=missing / level.per_minute)
    return grants
