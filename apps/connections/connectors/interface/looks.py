"""A look for a post that may have gone out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from apps.connections.connectors.interface.wire import Answer
from apps.errors.classification import Classification

# A partner's clock and ours differ, and its Date header has whole seconds.
CLOCK_MARGIN = timedelta(minutes=2)


class MatchedBy(StrEnum):
    """How a candidate was recognised."""

    ID = "id"
    MARKER = "marker"
    FINGERPRINT = "fingerprint"


@dataclass(frozen=True, slots=True)
class Probe:
    """What to look for after an unknown outcome."""

    first_sent_at: datetime  # the database's clock, like the next
    asked_at: datetime
    remote_id: str = ""

    def since(self, answer: Answer | None) -> datetime:
        """
        Return before when nothing of ours was created, by the partner's clock.

        Its Date header says how far that is from ours: a clock of ours that runs ahead would else make our own post look
        older than our first send, and it would be sent again.
        """
        told = answer.date if answer else None
        return self.first_sent_at + (told - self.asked_at if told else timedelta(0)) - CLOCK_MARGIN


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something at the partner that may be the post we do not know of; the engine judges."""

    id: str
    created_at: datetime | None
    matched_by: MatchedBy
    permalink: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look brought: candidates, or the reason why nothing could be seen."""

    candidates: tuple[Candidate, ...] = ()
    failure: Classification | None = None
    answer: Answer | None = None
    # The partner says it is accepted and still working: wait and look again.
    pending: bool = False
