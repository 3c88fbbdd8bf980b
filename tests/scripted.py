"""A kind whose partner is a script: what each call does is said by the test."""

import asyncio
import os
import signal
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.errors.classifier import classify_partner_error
from apps.errors.outcome import Look, NextStep, Outcome, Verdict
from apps.errors.retry import RetryPolicy
from apps.jobs.choices import JobState
from apps.jobs.kinds import KINDS, Kind, LeaseWatch, OnUnknown, Verification, Work
from apps.jobs.models import Job


@dataclass
class Script:
    """The partner's side: the answers still to give, what was posted, and the calls it saw."""

    answers: list[Outcome | Callable[[], Outcome]] = field(default_factory=list)
    looks: list[Outcome] = field(default_factory=list)
    posted: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    calls: int = 0
    delay: float = 0.0


SCRIPT = Script()


def success() -> Outcome:
    """The partner published it."""
    return Outcome(verdict=Verdict.SUCCESS, committed=True)


def failure(status: int = 500, body: object = None, *, verdict: Verdict = Verdict.FAILURE) -> Outcome:
    """The partner answered with an error."""
    found = classify_partner_error("meta", status, body)
    return Outcome(verdict=verdict, classification=found, http_status=status)


def unknown() -> Outcome:
    """It was sent, and nobody knows."""
    return failure(500, verdict=Verdict.UNKNOWN)


def look(seen: Look) -> Outcome:
    """What a look shows."""
    return Outcome(
        verdict=Verdict.SUCCESS,
        look=seen,
        committed=seen is Look.FOUND,
        remote_id="found-1" if seen is Look.FOUND else "",
    )


class Scripted(Kind):
    """A write with one step, which is the commit point."""

    name = "scripted"
    policy = RetryPolicy("fixed", 10, max_attempts=3, jitter="none")
    on_unknown = OnUnknown.VERIFY
    time_limit = timedelta(seconds=60)

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return NextStep("send", at_commit=True)

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        return {job.pk: Work(job=job, at=at) for job in jobs}

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        looking = work.job.state == JobState.VERIFYING
        if work.job.args.get("poison") in {"always", "" if looking else "when sent"}:
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(SCRIPT.delay)
        if not lease.holds():
            return Outcome(verdict=Verdict.NOT_SENT)
        if looking:
            return SCRIPT.looks.pop(0) if SCRIPT.looks else look(Look.ABSENT)
        SCRIPT.calls += 1
        if work.job.args.get("refuse"):
            return failure(400, {"error": {"code": 100}})
        answer = SCRIPT.answers.pop(0) if SCRIPT.answers else success()
        outcome = answer() if callable(answer) else answer
        if outcome.verdict is Verdict.SUCCESS:
            SCRIPT.posted[work.job.pk] += 1
        return outcome

    def verification(self, job: Job) -> Verification:
        return Verification(possible=not job.args.get("blind"), window=timedelta(seconds=60))


class Harmless(Scripted):
    """The same, but sending it twice does no harm."""

    name = "harmless"
    on_unknown = OnUnknown.RESEND


def plug() -> None:
    """Make the kinds known to the engine, once."""
    for kind in (Scripted(), Harmless()):
        if kind.name not in KINDS.names():
            KINDS.plug(kind.name, kind)
