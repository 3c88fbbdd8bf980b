"""The breaker of a lane, pure: a partner that keeps failing is left alone for a while, then tried with one job.

closed -> open after 5 counting failures in a row, or 5 of the last 10 within 10 minutes; open for 60 s, doubling to
15 min; then one probe; 2 successes close. Only the partner's own trouble and the network's count: a refused content
says that the partner works.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

IN_A_ROW, OF_THE_LAST, LAST = 5, 5, 10
MEMORY = timedelta(minutes=10)
FIRST_REST, LONGEST_REST = timedelta(seconds=60), timedelta(minutes=15)
PROBES_TO_CLOSE = 2


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of a lane's partner. `until` None means closed; after it, the next call is the probe."""

    recent: tuple[tuple[datetime, bool], ...] = ()  # when, and whether it worked; the oldest first
    until: datetime | None = None
    rests: int = 0  # in a row, without having closed
    probes: int = 0  # successes since it opened
    since: datetime | None = None  # when it first opened, without having closed

    @property
    def is_new(self) -> bool:
        """True when there is nothing worth remembering."""
        return self.until is None and all(worked for _, worked in self.recent)


def after(
    breaker: Breaker, results: Iterable[bool], at: datetime, *, speed: float = 1
) -> tuple[Breaker, list[str]]:
    """Return the breaker after these calls, and the changes to tell of: opened, half_opened, closed."""
    told: list[str] = []
    for worked in results:
        breaker, change = _after_one(breaker, worked, at, speed)
        told += change
    return breaker, told


def _after_one(breaker: Breaker, worked: bool, at: datetime, speed: float) -> tuple[Breaker, list[str]]:  # noqa: FBT001 - the one fact
    kept = [one for one in breaker.recent if one[0] > at - MEMORY][-(LAST - 1) :]
    breaker = replace(breaker, recent=(*kept, (at, worked)))
    if breaker.until is None:
        return _open(breaker, at, speed) if _is_too_much(breaker) else (breaker, [])
    if at < breaker.until:  # it was on its way when the breaker opened
        return breaker, []
    first = [] if breaker.probes else ["half_opened"]
    if not worked:
        opened, told = _open(breaker, at, speed)
        return opened, [*first, *told]
    if breaker.probes + 1 < PROBES_TO_CLOSE:
        return replace(breaker, probes=breaker.probes + 1), first
    return Breaker(), [*first, "closed"]


def _is_too_much(breaker: Breaker) -> bool:
    failed = [not worked for _, worked in breaker.recent]
    return failed[-IN_A_ROW:] == [True] * IN_A_ROW or (failed[-1] and sum(failed) >= OF_THE_LAST)


def _open(breaker: Breaker, at: datetime, speed: float) -> tuple[Breaker, list[str]]:
    rest = min(FIRST_REST * 2**breaker.rests, LONGEST_REST) / speed
    opened = replace(breaker, until=at + rest, rests=min(breaker.rests + 1, 10), probes=0)
    return replace(opened, since=breaker.since or at), ["opened"]
