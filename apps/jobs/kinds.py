"""Job kinds: what the engine must know to run work it has never heard of."""

import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, ClassVar, Protocol
from uuid import UUID

from apps.core.registry import Registry
from apps.errors.decide import Case, Decision, decide
from apps.errors.outcome import NextStep, Outcome
from apps.errors.retry import RetryPolicy
from apps.jobs.models import Job
from apps.jobs.pacing import Draw

VERIFY = "verify"  # the step name of attempts that look instead of sending


class HoldReason(StrEnum):
    """The family of a hold; `incident:<id>` belongs to the family `incident`."""

    CONNECTION = "connection"
    REFRESH = "refresh"
    INCIDENT = "incident"
    OPS = "ops"
    BREAKER = "breaker"
    THROTTLE = "throttle"
    ENDPOINT = "endpoint"
    DRILL = "drill"  # what is not the drill's own waits until it is over


# A look or a poll can only work with a live credential; any other hold does not concern it.
PASSED_BY_LOOKS = (HoldReason.INCIDENT, HoldReason.OPS, HoldReason.BREAKER)
PASSED_BY_CONTROL = tuple(HoldReason)


class OnUnknown(StrEnum):
    """What an unknown outcome means for a kind."""

    VERIFY = "verify"
    RESEND = "resend"


class LeaseWatch(Protocol):
    """Says whether this process may still send."""

    def holds(self) -> bool:
        """Return True while the lease is certainly ours."""
        ...


@dataclass(frozen=True, slots=True)
class Verification:
    """How an unknown outcome of this job can be cleared up."""

    possible: bool
    window: timedelta = timedelta(0)  # call limit + 2 x listing lag
    longest_processing: timedelta | None = None


@dataclass(slots=True)
class Work:
    """One claimed job, loaded: everything its call needs, so that the call touches no database."""

    job: Job
    at: datetime
    facts: Any = None
    credential_version: int | None = None
    failure: Outcome | None = None  # loading found that there is nothing to call
    sent_at: datetime | None = None  # stamped by the wire


@dataclass(frozen=True, slots=True)
class CredentialState:
    """What settle must know of the credential that an attempt used."""

    current: bool = True
    refreshable: bool = False


class Kind(ABC):
    """One kind of work. Instances are stateless; one serves the whole process."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    policy: ClassVar[RetryPolicy]
    on_unknown: ClassVar[OnUnknown]
    passes: ClassVar[tuple[str, ...]] = ()  # families of holds it runs through
    dead_letters: ClassVar[bool] = True
    waits_for_ops: ClassVar[bool] = False  # runs through all holds and must not end because of our own fault
    time_limit: ClassVar[timedelta]  # of one attempt; each request inside it has a shorter one

    @abstractmethod
    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        """Return the step a new job begins with."""

    @abstractmethod
    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        """Read what the calls need, with one query a table for all of them."""

    @abstractmethod
    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        """Do the next step, or look for what became of it. Runs on the event loop: no ORM, no clock."""

    def verification(self, job: Job) -> Verification:
        """Return how an unknown outcome of this job can be cleared up."""
        return Verification(possible=False)

    def credentials(
        self, jobs: Sequence[tuple[Job, int | None]], at: datetime
    ) -> dict[UUID, CredentialState]:
        """Return, for each job and the version its attempt used, whether that is still the current one."""
        return {job.id: CredentialState() for job, _ in jobs}

    def decide(
        self, outcome: Outcome, case: Case, policy: RetryPolicy, at: datetime, *, rng: Random, speed: float
    ) -> Decision:
        """Return what becomes of the job: what its error's code asks for, unless that means something else here. Pure."""
        return decide(outcome, case, policy, at, rng=rng, speed=speed)

    def settled(self, job: Job, outcome: Outcome, decision: Decision, at: datetime) -> None:
        """Write the kind's own rows, in the settling transaction."""

    def given_up(self, job: Job, decision: Decision, at: datetime) -> None:
        """Act when the job ends without success, in the settling transaction."""

    def cancelled(self, job: Job, at: datetime) -> None:
        """Write the kind's own rows when a person cancelled the job, in that transaction."""

    def repeat(self, repeated: Mapping[UUID, UUID]) -> None:
        """Let the kind's own rows follow from jobs that ended to those that do them anew, in the accepting transaction."""

    def forget(self, jobs: Sequence[Job]) -> None:
        """Copy what the kind's own rows still need of jobs that are past keeping, in the deleting transaction."""


KINDS: Registry[Kind] = Registry("job kind")


def is_public(job: Job) -> bool:
    """Return True for a post past its commit point: it can be looked for, and must not be begun anew unasked."""
    return job.committed_at is not None and KINDS.get(job.kind).on_unknown is OnUnknown.VERIFY


def doubted_since(job: Job) -> datetime | None:
    """Return since when something of the job may be at the partner: whoever runs it again looks there first."""
    return job.unknown_since or (job.committed_at if is_public(job) else None)


# What kinds keep open on the pump's event loop (HTTP sessions); each is called once, on that loop, before it ends.
LOOP_CLOSERS: Registry[Callable[[], Awaitable[None]]] = Registry("closer of an event loop")


@dataclass(frozen=True, slots=True)
class Settlement:
    """One finished attempt on its way into the database."""

    job: Job
    attempt: UUID
    fence: int
    outcome: Outcome
    credential_version: int | None = None
    sent_at: datetime | None = None
    latency_ms: int | None = None
    draws: tuple[Draw, ...] = ()  # what its claim took from which buckets
    crashed: bool = False
    answered: float = field(default_factory=time.monotonic)  # this process's own clock, for timing only
