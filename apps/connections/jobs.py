"""The kinds health_check, refresh and revoke: is it alive, keep it alive, give it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from apps.connections import calls, credentials, grants, renewal
from apps.connections.connectors.interface import Context, TokenSet
from apps.connections.models import Connection
from apps.errors.codes import ErrorAction
from apps.errors.decide import Decision, Verb
from apps.errors.outcome import NextStep, Outcome, Verdict
from apps.errors.retry import PRESETS, RetryPolicy
from apps.events import log
from apps.jobs import failpoints
from apps.jobs.actions.hold import release
from apps.jobs.kinds import PASSED_BY_CONTROL, CredentialState, HoldReason, Kind, LeaseWatch, OnUnknown, Work
from apps.jobs.models import Job

ENDS = frozenset({Verb.SUCCEED, Verb.FAIL, Verb.FAIL_CONTENT, Verb.DEAD_LETTER})


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
        return calls.load(jobs, at)

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
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
        if decision.verb in ENDS:
            release(
                scope=f"grant:{job.args['grant']}", reason=HoldReason.REFRESH, actor="system:refresh", at=at
            )


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
