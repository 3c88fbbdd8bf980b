"""The kinds health_check, refresh and revoke: is it alive, keep it alive, give it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from apps.connections import calls, credentials, proving, renewal, revoking
from apps.connections.connectors.interface import Context, TokenSet
from apps.connections.models import Connection
from apps.errors.decide import Decision, Verb
from apps.errors.outcome import NextStep, Outcome, Verdict
from apps.errors.retry import PRESETS, RetryPolicy
from apps.events import log
from apps.jobs import failpoints
from apps.jobs.actions.hold import release
from apps.jobs.kinds import PASSED_BY_CONTROL, CredentialState, HoldReason, Kind, LeaseWatch, OnUnknown, Work
from apps.jobs.models import Job


def credential_states(jobs: Sequence[tuple[Job, int | None]], at: datetime) -> dict[UUID, CredentialState]:
    """Return whether each attempt used the credential that is current now."""
    connections = {
        row.pk: row
        for row in Connection.objects.across_tenants().filter(
            pk__in={job.connection for job, _ in jobs if job.connection}
        )
    }
    found = credentials.for_connections(connections.values())
    states: dict[UUID, CredentialState] = {}
    for job, version in jobs:
        credential = found.get(job.connection) if job.connection else None
        current = version is None or credential is None or credential.version == version
        states[job.pk] = CredentialState(current=current, refreshable=renewal.is_possible(credential, at=at))
    return states


class HealthCheck(Kind):
    """Runs through every hold: it is how we learn that a hold can go."""

    name = "health_check"
    policy: ClassVar[RetryPolicy] = PRESETS["fast"]
    on_unknown = OnUnknown.RESEND
    passes = PASSED_BY_CONTROL
    dead_letters = False
    time_limit = timedelta(minutes=3)

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return NextStep("check")

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        proofs = [job for job in jobs if proving.concerns(job.args)]
        others = [job for job in jobs if not proving.concerns(job.args)]
        return {**calls.load(others, at), **proving.load(proofs, at)}

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        if proving.concerns(work.job.args):
            return await proving.run(work, lease)

        async def check(ctx: Context) -> Outcome:
            result = await work.facts.connector.health(ctx)
            if result.failure:
                return Outcome(verdict=Verdict.FAILURE, classification=result.failure)
            return Outcome(
                verdict=Verdict.SUCCESS, http_status=result.answer.status if result.answer else None
            )

        return await calls.guarded(work, lease, check)

    def credentials(
        self, jobs: Sequence[tuple[Job, int | None]], at: datetime
    ) -> dict[UUID, CredentialState]:
        return credential_states(jobs, at)

    def settled(self, job: Job, outcome: Outcome, decision: Decision, at: datetime) -> None:
        if proving.concerns(job.args):
            proving.settled(job, outcome, decision, at)
            return
        Connection.objects.across_tenants().filter(pk__in=[job.connection] if job.connection else []).update(
            last_health_check=at
        )
        code = decision.classification.code.value if decision.classification else ""
        log.record(
            "connection.checked",
            tenant=job.tenant_id,
            subject=f"connection:{job.connection}",
            actor="system:engine",
            at=at,
            cycle=job.cycle,
            data={"code": code, "job": str(job.pk)},
        )


class Refresh(Kind):
    """Renews a grant's token, in the grant's own lane and so never twice at once."""

    name = "refresh"
    policy: ClassVar[RetryPolicy] = RetryPolicy("exponential", 1, 2, 60, max_attempts=1000)
    on_unknown = OnUnknown.RESEND  # the refresh token is kept by the partners that can be renewed so far
    passes = PASSED_BY_CONTROL
    dead_letters = False
    time_limit = timedelta(minutes=3)

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return NextStep("refresh")

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        works = calls.load(jobs, at)
        for job in jobs:
            work = works[job.pk]
            if work.failure is None and work.credential_version != job.args["version"]:
                works[job.pk] = Work(
                    job=job, at=at, failure=Outcome(verdict=Verdict.SUCCESS)
                )  # somebody was first
        return works

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        async def renew(ctx: Context) -> Outcome:
            tokens = TokenSet(ctx.token, refresh_token=work.facts.refresh_token)
            renewed = await work.facts.connector.refresh(ctx.app, ctx.wire, tokens)
            failpoints.reach("after_refresh")
            if renewed.failure:
                return Outcome(verdict=Verdict.FAILURE, classification=renewed.failure)
            return Outcome(verdict=Verdict.SUCCESS, secret=renewed.tokens)

        return await calls.guarded(work, lease, renew)

    def settled(self, job: Job, outcome: Outcome, decision: Decision, at: datetime) -> None:
        """Save the fresh tokens and let the grant's lanes go; a dead grant's pause stops them by itself."""
        if outcome.secret is not None:
            renewal.save(UUID(job.args["grant"]), outcome.secret, instead_of=job.args["version"], at=at)
        if decision.verb in {Verb.SUCCEED, Verb.FAIL, Verb.FAIL_CONTENT, Verb.DEAD_LETTER}:
            release(
                scope=f"grant:{job.args['grant']}", reason=HoldReason.REFRESH, actor="system:refresh", at=at
            )


class Revoke(Kind):
    """Gives a grant back that no connection uses any more, in the grant's own lane."""

    name = "revoke"
    policy: ClassVar[RetryPolicy] = PRESETS["default"]
    on_unknown = OnUnknown.RESEND
    passes = PASSED_BY_CONTROL
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
        ended = decision.verb in {Verb.SUCCEED, Verb.FAIL, Verb.FAIL_CONTENT, Verb.DEAD_LETTER}
        if ended and not outcome.result.get("used"):
            revoking.erase(job, at_partner=decision.verb is Verb.SUCCEED, at=at)
