"""The kind health_check: does a connection work?"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from apps.connections import calls, credentials, health, loading, proving, renewal
from apps.connections.connectors.interface import Context
from apps.connections.models import Connection
from apps.errors.decide import ENDS, Decision
from apps.errors.outcome import NextStep, Outcome, Verdict
from apps.errors.retry import PRESETS, RetryPolicy
from apps.jobs.kinds import PASSED_BY_CONTROL, CredentialState, Kind, LeaseWatch, OnUnknown, Work
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
        return NextStep("check", calls={"read": 1})

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        proofs = [job for job in jobs if proving.concerns(job.args)]
        others = [job for job in jobs if not proving.concerns(job.args)]
        return {**loading.load(others, at), **proving.load(proofs, at)}

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        if proving.concerns(work.job.args):
            return await proving.run(work, lease)

        async def check(ctx: Context) -> Outcome:
            began = time.monotonic()
            result = await work.facts.connector.health(ctx)
            took = round((time.monotonic() - began) * 1000)
            kept = health.said(latency_ms=took, granted=work.facts.scopes, told=result.scopes)
            status = result.answer.status if result.answer else None
            verdict = Verdict.FAILURE if result.failure else Verdict.SUCCESS
            return Outcome(verdict=verdict, classification=result.failure, http_status=status, result=kept)

        return await calls.guarded(work, lease, check)

    def credentials(
        self, jobs: Sequence[tuple[Job, int | None]], at: datetime
    ) -> dict[UUID, CredentialState]:
        return credential_states(jobs, at)

    def settled(self, job: Job, outcome: Outcome, decision: Decision, at: datetime) -> None:
        if proving.concerns(job.args):
            proving.settled(job, outcome, decision, at)
        elif decision.verb in ENDS:
            health.note(job, outcome, decision, at)
