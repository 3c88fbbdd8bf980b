"""The kind revoke: give an authorisation back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from apps.connections import calls, credentials, grants
from apps.connections.connectors.interface import Context
from apps.errors.codes import ErrorAction
from apps.errors.decide import ENDS, Decision, Verb
from apps.errors.outcome import NextStep, Outcome, Verdict
from apps.errors.retry import RetryPolicy
from apps.events import log
from apps.jobs.kinds import PASSED_BY_CONTROL, Kind, LeaseWatch, OnUnknown, Work
from apps.jobs.models import Job


class Revoke(Kind):
    """Gives a grant back at its partner when nothing uses it any more, and erases its credentials."""

    name = "revoke"
    policy: ClassVar[RetryPolicy] = RetryPolicy("exponential", 30, 2, 3600, max_attempts=50)  # two days
    on_unknown = OnUnknown.RESEND  # what is given back already says so
    passes = PASSED_BY_CONTROL
    dead_letters = False
    time_limit = timedelta(minutes=3)

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return NextStep("revoke")

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        works = grants.load(jobs, at)
        for job in jobs:
            if works[job.pk].facts is None or grants.is_used(UUID(job.args["grant"])):
                works[job.pk] = Work(job=job, at=at, failure=Outcome(verdict=Verdict.SUCCESS))
        return works

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        async def give_back(ctx: Context) -> Outcome:
            facts: grants.GrantFacts = work.facts
            result = await facts.connector.revoke(ctx.app, ctx.wire, facts.tokens, login=facts.login)
            found = result.failure
            # What cannot sign in any more has nothing left to give back.
            if found is None or found.action in {ErrorAction.PAUSE_RECONNECT, ErrorAction.REFRESH_TOKEN}:
                return Outcome(verdict=Verdict.SUCCESS)
            return Outcome(verdict=Verdict.FAILURE, classification=found)

        return await calls.guarded(work, lease, give_back)

    def settled(self, job: Job, outcome: Outcome, decision: Decision, at: datetime) -> None:
        """Whatever the partner said in the end: we keep no key to what was disconnected."""
        if decision.verb not in ENDS or not credentials.erase(grant=UUID(job.args["grant"])):
            return
        log.record(
            "grant.given_back",
            tenant=job.tenant_id,
            subject=f"grant:{job.args['grant']}",
            actor=job.actor or "system:engine",
            at=at,
            cycle=job.cycle,
            data={"platform": job.platform, "confirmed": decision.verb is Verb.SUCCEED},
        )
