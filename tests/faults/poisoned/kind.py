"""Work that its worker does not survive."""

import os
import signal
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.errors.outcome import NextStep, Outcome
from apps.errors.retry import PRESETS
from apps.jobs.kinds import Kind, LeaseWatch, OnUnknown, Work
from apps.jobs.models import Job


class Poison(Kind):
    """Kills the process, or raises what nobody expects."""

    name = "poison"
    policy = PRESETS["fast"]
    on_unknown = OnUnknown.RESEND
    time_limit = timedelta(seconds=30)

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return NextStep("swallow")

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        return {job.pk: Work(job=job, at=at) for job in jobs}

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        if work.job.args["effect"] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise RecursionError("\x00" * 5000)
