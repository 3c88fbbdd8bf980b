"""The kind refresh: keep an authorisation alive."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from apps.connections import calls, failures, grants, renewal
from apps.connections.connectors.interface import AccountFacts, Context, TokenSet
from apps.connections.wire import WireFailed
from apps.errors.decide import ENDS, Decision, Verb
from apps.errors.outcome import NextStep, Outcome, Verdict
from apps.errors.retry import RetryPolicy
from apps.jobs import failpoints
from apps.jobs.actions.hold import release
from apps.jobs.kinds import PASSED_BY_CONTROL, CredentialState, HoldReason, Kind, LeaseWatch, OnUnknown, Work
from apps.jobs.models import Job


class Refresh(Kind):
    """
    Renews a grant's token, in the grant's own lane and so never twice at once.

    A partner that stumbles is asked again for weeks; only its clear refusal ends the job without fresh tokens.
    """

    name = "refresh"
    policy: ClassVar[RetryPolicy] = RetryPolicy("exponential", 1, 2, 300, max_attempts=10_000)
    # Asking again is all that can be done about a lost answer, and what it brings tells what became of the first.
    on_unknown = OnUnknown.RESEND
    passes = PASSED_BY_CONTROL
    waits_for_ops = True
    time_limit = timedelta(minutes=3)

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return NextStep("refresh")

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        """Somebody may have been first: what is not the version that we were asked to renew needs nothing."""
        works = grants.load(jobs, at)
        for job in jobs:
            if works[job.pk].credential_version != job.args["version"]:
                works[job.pk] = Work(job=job, at=at, failure=Outcome(verdict=Verdict.SUCCESS))
        return works

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        async def renew(ctx: Context) -> Outcome:
            facts: grants.GrantFacts = work.facts
            renewed = await facts.connector.refresh(ctx.app, ctx.wire, facts.tokens, login=facts.login)
            failpoints.reach("after_refresh")
            if renewed.tokens is None:
                return failures.of_a_refresh(renewed.failure, facts)
            accounts = await _accounts(ctx, renewed.tokens, facts)
            run = facts.stage.run if facts.stage else ""
            return Outcome(verdict=Verdict.SUCCESS, secret=renewal.Renewed(renewed.tokens, accounts, run))

        return await calls.guarded(work, lease, renew)

    def credentials(
        self, jobs: Sequence[tuple[Job, int | None]], at: datetime
    ) -> dict[UUID, CredentialState]:
        versions = grants.versions({job.args["grant"] for job, _ in jobs})
        return {
            job.pk: CredentialState(current=version is None or versions.get(job.args["grant"]) == version)
            for job, version in jobs
        }

    def settled(self, job: Job, outcome: Outcome, decision: Decision, at: datetime) -> None:
        """Save the fresh tokens and let the grant's lanes go; a dead grant's pause stops them by itself."""
        grant, version = UUID(job.args["grant"]), int(job.args["version"])
        if outcome.secret is not None:
            renewal.save(grant, outcome.secret, instead_of=version, at=at)
        elif outcome.verdict is Verdict.UNKNOWN:
            renewal.note(grant, version, reply_lost_at=at)
        if decision.verb not in ENDS:
            return
        if decision.verb is not Verb.SUCCEED:
            renewal.note(grant, version, refused_at=at)
        release(scope=f"grant:{grant}", reason=HoldReason.REFRESH, actor="system:refresh", at=at)


async def _accounts(ctx: Context, tokens: TokenSet, facts: grants.GrantFacts) -> tuple[AccountFacts, ...]:
    """Ask for the accounts' own tokens where there are such; they can wait, the fresh tokens cannot."""
    if not facts.derives:
        return ()
    try:
        found = await facts.connector.accounts(ctx.app, ctx.wire, tokens, login=facts.login)
    except WireFailed:
        return ()
    return found.accounts
