"""What the engine knows of one account: why its lane moves or does not, its breaker, and what may still be called."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from apps.connections.lanes import all_scopes
from apps.connections.models import Connection
from apps.jobs import buckets
from apps.jobs.explain import Explanation, explain_lane
from apps.jobs.limits import Budget, Per
from apps.jobs.models import Hold, Lane, LaneBreaker

_WHOSE = {
    Per.APP: "Everybody's together",
    Per.TENANT: "The tenant's",
    Per.GRANT: "The sign-in's",
    Per.CONNECTION: "The account's",
}
_CALLS = {
    Budget.CALLS: "calls of any sort",
    Budget.WRITE: "posts",
    Budget.READ: "looks",
    Budget.INIT: "uploads begun",
    Budget.STATUS: "questions after uploads",
}


@dataclass(frozen=True, slots=True)
class Allowance:
    """One bucket, as it stands."""

    whose: str
    calls: str
    left: float
    most: float
    per_minute: float


@dataclass(frozen=True, slots=True)
class Machinery:
    """The lane of an account with all that paces it; a lane begins to be with the first job."""

    lane: Lane | None
    why: Explanation | None
    breaker: LaneBreaker | None
    allowances: list[Allowance]


def machinery_of(connection: Connection, holds: list[Hold], *, at: datetime) -> Machinery:
    """Return how the engine stands with this account."""
    lane = Lane.objects.across_tenants().filter(key=connection.lane_key).first()
    breaker = LaneBreaker.objects.filter(lane=lane, until__gt=at).first() if lane else None
    why = explain_lane(lane, holds, at=at) if lane else None
    return Machinery(lane, why, breaker, list(_allowances(connection, at)))


def _allowances(connection: Connection, at: datetime) -> Iterator[Allowance]:
    found = buckets.around(
        all_scopes(connection),
        platform=connection.platform,
        tenant=connection.tenant_id,
        connection=connection.pk,
        at=at,
    )
    for draw, level in found:
        whose, calls = _WHOSE[draw.limit.per], _CALLS[Budget(draw.key.budget)]
        yield Allowance(whose, calls, max(0.0, level.left), level.burst, level.per_minute)
