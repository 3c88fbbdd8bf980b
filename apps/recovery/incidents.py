"""Pure: when the failures of many connections are one cause, and when that cause is over."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.errors.classification import Classification, Scope
from apps.errors.codes import ErrorAction
from apps.errors.codes import ErrorCode as E
from apps.errors.outcome import Verdict
from apps.errors.taxonomy import TAXONOMY
from apps.recovery.choices import Family

WINDOW = timedelta(minutes=5)
SHARE_OF_CALLED = 0.2
SHARE_OF_ACTIVE = 0.5
TENANTS = 3
SIGN_INS = 3  # one dead sign-in that serves twelve pages is no incident
JOBS_OF_A_SIGNATURE = 20

ROUND = timedelta(minutes=1)
PATIENCE = timedelta(minutes=3)  # a trial that has not ended by then has not passed
CANARIES = 3
CHECKED = 5
FIRST_SHARE = 0.1
SINGLE_DEATHS_AFTER = timedelta(minutes=30)

AVAILABILITY = frozenset(code for code, entry in TAXONOMY.items() if entry.counts_for_breaker)
AUTHORISATION = frozenset(code for code, entry in TAXONOMY.items() if entry.pauses_connection)
APP = frozenset({E.APP_SUSPENDED, E.API_VERSION_DEPRECATED})
SIGNED = frozenset({E.INTERNAL_ERROR, E.INVALID_REQUEST, E.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Cause:
    """What failures have in common; two causes are two incidents."""

    platform: str
    family: Family
    signature: str = ""
    drill: str = ""  # on whose stage it is met; a partner's has nothing to do with it


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one lane met lately: a code by a rule, on so many jobs."""

    platform: str
    tenant: UUID
    lane: UUID
    connection: UUID | None
    sign_in: UUID | None
    code: E
    rule: str
    jobs: int
    first: datetime
    last_began: datetime
    stopped_at: datetime | None  # when we paused the connection for it, if within these minutes
    drill: str = ""  # on whose stage it was met

    @property
    def cause(self) -> Cause | None:
        """Return what it may be a part of."""
        return cause_of(self.platform, self.code, self.rule, drill=self.drill)


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds the failures of a platform: the connections called in these minutes, and the active ones."""

    called: int
    active: int


def cause_of(platform: str, code: E, rule: str, *, drill: str = "") -> Cause | None:
    """Return the cause that an error may be a part of, or None: content and rate limits are nobody's incident."""
    if code in AVAILABILITY:
        return Cause(platform, Family.AVAILABILITY, drill=drill)
    if code in AUTHORISATION:
        return Cause(platform, Family.AUTHORISATION, drill=drill)
    if code in APP:
        return Cause(platform, Family.APP)
    if code in SIGNED:
        return Cause(platform, Family.SIGNATURE, f"{code} {rule}", drill)
    return None


def cause_of_finding(found: Classification, platform: str, *, drill: str = "") -> Cause | None:
    """Return the cause of a classified error; what stops our whole app is of family app, whatever its code."""
    if found.scope is Scope.APP and found.action is ErrorAction.ESCALATE_OPS:
        return Cause(platform, Family.APP)
    return cause_of(platform, found.code, found.rule_id, drill=drill)


def by_cause(sightings: Iterable[Sighting]) -> dict[Cause, list[Sighting]]:
    """
    Group what was seen.

    A refused access counts only where it stopped the connection: what a renewal mends is no trouble. A stopped app
    opens its incident with the first answer, so there is nothing to count.
    """
    groups: dict[Cause, list[Sighting]] = defaultdict(list)
    for one in sightings:
        cause = one.cause
        if cause is None or cause.family is Family.APP:
            continue
        if cause.family is not Family.AUTHORISATION or one.stopped_at:
            groups[cause].append(one)
    return groups


def after(hits: Iterable[Sighting], closed_at: datetime) -> list[Sighting]:
    """Return what was met since an incident of this cause was closed: what it dealt with opens no second one."""
    return [
        one
        for one in hits
        if one.last_began > closed_at and (one.stopped_at is None or one.stopped_at > closed_at)
    ]


def is_incident(cause: Cause, hits: Sequence[Sighting], around: Around, *, least: int) -> bool:
    """Return True when these failures are one cause; `least` is the number of connections that it takes."""
    if cause.family is Family.SIGNATURE:
        return sum(one.jobs for one in hits) >= JOBS_OF_A_SIGNATURE
    connections = {one.connection for one in hits if one.connection}
    if len(connections) < least or len(connections) < SHARE_OF_CALLED * around.called:
        return False
    if cause.family is Family.AUTHORISATION and len({one.sign_in for one in hits}) < SIGN_INS:
        return False
    tenants = {one.tenant for one in hits}
    return len(tenants) >= TENANTS or len(connections) >= SHARE_OF_ACTIVE * around.active


def codes_of(hits: Iterable[Sighting]) -> dict[str, int]:
    """Return how many lanes met each code."""
    lanes: Mapping[str, set[UUID]] = defaultdict(set)
    for one in hits:
        lanes[one.code.value].add(one.lane)
    return {code: len(met) for code, met in sorted(lanes.items())}


def has_passed(cause: Cause, verdict: str, code: str, rule: str) -> bool:
    """Return True when a try shows that the cause is gone: it worked, or was refused for another reason."""
    if verdict == Verdict.SUCCESS:
        return True
    if verdict != Verdict.FAILURE or not code:
        return False
    other = cause_of(cause.platform, E(code), rule, drill=cause.drill)
    if cause.family is Family.AUTHORISATION:
        # Trouble on the way says nothing of the access.
        return other is None
    return other != cause and not (other and other.family is Family.AVAILABILITY)


def first_share(held: int) -> int:
    """Return how many are released first."""
    return max(1, math.ceil(held * FIRST_SHARE))


@dataclass(frozen=True, slots=True)
class Round:
    """What the tries of one round showed."""

    held: Sequence[bool]
    others: Sequence[bool]

    @property
    def is_over(self) -> bool:
        """True when everything that was tried passed, and something of the held was."""
        return bool(self.held) and all(self.held) and all(self.others)

    @property
    def only_the_held_fail(self) -> bool:
        """True when the others work, if there are any, and each of the held fails."""
        return bool(self.held) and not any(self.held) and all(self.others)


def are_single_deaths(
    seen: Round,
    *,
    failing_since: datetime | None,
    others_failed: bool,
    tenants: int,
    at: datetime,
    speed: float,
) -> bool:
    """
    Return True when it was no incident but many dead sign-ins at once.

    Without a connection that still works there is nothing to compare with: then the partner is at fault as soon as
    three tenants are hit, or one of the others was seen failing.
    """
    long_enough = failing_since is not None and at - failing_since >= SINGLE_DEATHS_AFTER / speed
    compared = bool(seen.others) or (not others_failed and tenants < TENANTS)
    return seen.only_the_held_fail and long_enough and compared


def is_back(failed_again: int, released: int) -> bool:
    """Return True when so much of what was released fails again that the cause is still there."""
    return failed_again >= max(TENANTS, SHARE_OF_CALLED * released)
