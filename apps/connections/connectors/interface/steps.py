"""The steps of a post: what a call may know, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.connections.connectors.interface.posts import AccountFacts, PostDraft
from apps.connections.connectors.interface.wire import Answer, PartnerApp, Wire
from apps.errors.classification import Classification


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a call may know."""

    app: PartnerApp
    account: AccountFacts
    token: str = field(repr=False)
    wire: Wire
    at: datetime  # when this turn was claimed, the database's clock
    job_id: UUID | None = None
    cycle: UUID | None = None  # the same for a job and for those that replay it
    draft: PostDraft | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    token_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One named part of a publish. The commit point is the one whose success makes it public."""

    name: str
    commit: bool = False
    poll: bool = False  # asks whether the partner has finished; "not yet" waits and burns nothing
    calls: Mapping[str, int] = field(default_factory=lambda: {"write": 1})  # by budget
    time_limit: float = 30.0


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of a step. `failure` None means that it worked (or that the partner still works on it)."""

    failure: Classification | None = None
    answer: Answer | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    remote_id: str = ""
    permalink: str = ""
    poll_after: float | None = None  # seconds until it is worth asking again
    restart_at: str = ""  # a staged object is gone: go on again from this step
    skip_to: str = ""  # a later step: those in between are not needed
    duplicate_of: str = ""  # the post that a partner names when it refuses a second one like it
    scopes: tuple[str, ...] | None = None  # what the token may do by the partner's word; None: it did not say
