"""The kind `operation`: carries bulk work forward, a slice a step, in the bulk worker."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from apps.errors.decide import Decision
from apps.errors.outcome import NextStep, Outcome, Verdict
from apps.errors.retry import PRESETS, RetryPolicy
from apps.jobs.kinds import Kind, LeaseWatch, OnUnknown, Work
from apps.jobs.models import Job
from apps.recovery.actions.operate import KIND
from apps.recovery.choices import OperationState
from apps.recovery.models import Operation
from apps.recovery.operations.slices import advance, finish

_SLICE = NextStep("slice")


class Operate(Kind):
    """Repeating a slice does no harm: what has an item is done."""

    name = KIND
    policy: ClassVar[RetryPolicy] = PRESETS["aggressive"]
    on_unknown = OnUnknown.RESEND
    dead_letters = False
    time_limit = timedelta(minutes=5)

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return _SLICE

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        return {job.pk: Work(job=job, at=at) for job in jobs}

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        if not lease.holds():
            return Outcome(verdict=Verdict.NOT_SENT)
        try:
            more = await asyncio.to_thread(_advance, UUID(work.job.args["operation"]), work.at)
        except (OperationalError, InterfaceError):
            return Outcome(verdict=Verdict.NOT_SENT)  # the database was away: nothing was committed
        return Outcome(verdict=Verdict.SUCCESS, next=_SLICE if more else None)

    def given_up(self, job: Job, decision: Decision, at: datetime) -> None:
        """Whoever watches it must not wait for ever."""
        operation = Operation.objects.across_tenants().get(pk=job.args["operation"])
        finish(operation, OperationState.ABORTED, at=at, note="It could not go on; its job says why.")


def _advance(operation: UUID, at: datetime) -> bool:
    try:
        return advance(operation, at=at)
    finally:
        connection.close()  # the thread is the event loop's; nobody else would
