"""Who acts on an error: each ErrorAction has exactly one owner, called inside the settling transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from apps.core.registry import Registry
from apps.errors.classification import Classification
from apps.errors.codes import ErrorAction
from apps.jobs.models import Job

# These the engine carries out itself; the others are plugged by the floors above.
OWN_ACTIONS = frozenset(
    {
        ErrorAction.RETRY_WITH_BACKOFF,
        ErrorAction.RETRY_AFTER,
        ErrorAction.VERIFY_FIRST,
        ErrorAction.FIX_CONTENT,
        ErrorAction.DEAD_LETTER,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One job's error that somebody must act on."""

    job: Job
    classification: Classification
    credential_version: int | None


class Owner(Protocol):
    """Acts on findings of its action; may change its own rows and open holds, nothing of the jobs."""

    def __call__(self, findings: Sequence[Finding], *, at: datetime) -> None: ...


OWNERS: Registry[Owner] = Registry("owner of an error action")


class Shield(Protocol):
    """Keeps jobs out of the dead letters whose end has a cause that others have met, too."""

    def __call__(self, findings: Sequence[Finding], *, at: datetime) -> Collection[UUID]:
        """Hold the lanes of what is spared, in the settling transaction, and return those jobs."""
        ...


SHIELDS: Registry[Shield] = Registry("shield from the dead letters")
