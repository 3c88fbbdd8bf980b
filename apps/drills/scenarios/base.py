"""What every scenario says: what it breaks, what counts as noticed, and how long it stays broken."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.connections.models import Connection
from apps.connections.stage import StageTokens
from apps.drills.models import DrillRun

# The call that makes a post public, as the stage names it.
COMMITS = {"tiktok": "upload", "mailchimp": "send"}
EVER = 10**9

Spoil = Callable[[DrillRun, Connection, StageTokens], None]
Seen = Callable[[DrillRun], "datetime | None"]
Takes = Callable[[Sequence[Connection]], Sequence[Connection]]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a report card says besides, and what of it is amiss, in words."""

    numbers: Mapping[str, Any] = field(default_factory=dict)
    amiss: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way to break something. `spoil` may be repeated: who did it first may have died of it."""

    words: str
    spoil: Spoil
    seen: Seen
    posts: int = 6  # of each connection
    by_the_clock: bool = False  # mended when its time is over; else fresh credentials mend it
    is_incident: bool = (
        False  # what fails on its stage may be an incident, of this drill alone; mended once it is seen
    )
    mend: Callable[[DrillRun, StageTokens], None] = lambda _run, _tokens: None  # what no order is
    takes: Takes = lambda named: named  # whom besides those that it was asked for; or a refusal
    is_over: Callable[[DrillRun], bool] = lambda _run: True  # asked once all is well, until it is
    look: Callable[[DrillRun], Findings] = lambda _run: Findings()


def fault(run: DrillRun, connection: Connection, effect: str, **more: Any) -> Mapping[str, Any]:
    """Return an order for this account alone, which only this run takes back."""
    return {
        "effect": effect,
        "platform": connection.platform,
        "account": connection.external_id,
        "label": f"{run.key}:{connection.pk}",
        **more,
    }


def commit_of(connection: Connection) -> str:
    """Return the operation that makes a post public."""
    return COMMITS.get(connection.platform, "publish")


def labels(run: DrillRun) -> Sequence[str]:
    """Return everything under which the run has ordered something."""
    return [f"{run.key}:{one}" for one in run.connections]
