"""A finished attempt with what becomes of its job: settle makes it, consequences and dead letters read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.errors.decide import Decision
from apps.jobs.kinds import Settlement
from apps.jobs.models import Job


@dataclass(frozen=True, slots=True)
class Decided:
    """A finished attempt, what becomes of its job, and the columns that say so."""

    settlement: Settlement
    decision: Decision
    columns: Mapping[str, Any]

    @property
    def job(self) -> Job:
        """The row as it was claimed."""
        return self.settlement.job
