"""The kind revoke: give an authorisation back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from apps.connections import revoking
from apps.errors.decide import ENDS, Decision, Verb
from apps.errors.outcome import NextStep, Outcome
from apps.errors.retry import PRESETS, RetryPolicy
from apps.jobs.kinds import PASSED_BY_CONTROL, HoldReason, Kind, LeaseWatch, OnUnknown, Work
from apps.jobs.models import Job


class Revoke(Kind):
    """Gives a grant back that no connection uses any more, in the grant's own lane."""

    name = "revoke"
    policy: ClassVar[RetryPolicy] = PRESETS["default"]
    on_unknown = OnUnknown.RESEND
    passes = tuple(one for one in PASSED_BY_CONTROL if one is not HoldReason.DRILL)
    dead_letters = False
    time_limit = timedelta(minutes=3)

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return NextStep("revoke")

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        return revoking.load(jobs, at)

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        return await revoking.run(work, lease)

    def settled(self, job: Job, outcome: Outcome, decision: Decision, at: datetime) -> None:
        """Erase the tokens when the call has ended, one way or the other."""
        if decision.verb in ENDS and not outcome.result.get("used"):
            revoking.erase(job, at_partner=decision.verb is Verb.SUCCEED, at=at)
