"""What an attempt ended in, before anybody decides what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from apps.errors.classification import Classification, Scope


class Verdict(StrEnum):
    """The four ends of an attempt."""

    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"  # sent, and no proof of refusal
    NOT_SENT = "not_sent"


class Look(StrEnum):
    """What a look at the partner showed after an unknown outcome."""

    FOUND = "found"
    ABSENT = "absent"  # not there (yet): a listing may lag
    PENDING = "pending"  # accepted, and the partner still works on it
    BLIND = "blind"  # the partner cannot show it: nobody can tell


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step that follows."""

    name: str
    at_commit: bool = False
    calls: Mapping[str, int] = field(default_factory=lambda: {"write": 1})  # by budget


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a limit a partner says is gone: 1 is all of it. `regain` are seconds until it lets us call again."""

    scope: Scope
    gone: float
    regain: float | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A partner's answer as it may be kept: without secrets, the body at most 4 KiB long."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt's end, with everything that must be kept of it."""

    verdict: Verdict
    classification: Classification | None = None
    look: Look | None = None  # set by attempts that verify
    committed: bool = False  # the commit point succeeded with this attempt
    next: NextStep | None = None  # None after a success: the work is done
    poll_after: float | None = None  # seconds; the partner is still processing
    progress: Mapping[str, Any] = field(default_factory=dict)
    remote_id: str = ""
    permalink: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    http_status: int | None = None
    evidence: str = ""
    said: Said | None = None  # what a failure's answer was
    used: Mapping[str, int] | None = None  # calls made, by budget; None: nobody counted
    usage: tuple[Usage, ...] = ()
    hold_for: str = ""  # the kind found a question for a person before it sent anything
    secret: Any = field(
        default=None, repr=False
    )  # fresh tokens on their way to the kind; never stored with the job
