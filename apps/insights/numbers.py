"""What is counted of a week: for all partners, for one, and beside the week before. Pure."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Numbers:
    """What is counted of a week, for all partners or for one."""

    published: int = 0
    failed: int = 0
    retried: int = 0
    reconnects: int = 0
    slowed_down: int = 0
    duplicates_prevented: int = 0

    @property
    def total(self) -> int:
        """The posts that came to an end."""
        return self.published + self.failed

    @property
    def success_rate(self) -> float | None:
        """The share that went out; None when nothing was to."""
        return self.published / self.total if self.total else None


@dataclass(slots=True)
class PlatformWeek:
    """One partner's part of it."""

    platform: str
    this: Numbers = field(default_factory=Numbers)
    before: Numbers = field(default_factory=Numbers)
    spells: int = 0  # of being asked to slow down
    stops: int = 0  # accounts that stopped publishing
    access_stops: int = 0  # of them because of a password, a permission, or access that was taken back
    recoveries: int = 0
    recovery_seconds: float = 0  # on average


@dataclass(slots=True)
class Digest:
    """A week in numbers."""

    this: Numbers = field(default_factory=Numbers)
    before: Numbers = field(default_factory=Numbers)
    platforms: list[PlatformWeek] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)  # code, count, before
    days: list[dict[str, Any]] = field(default_factory=list)  # date, published, failed
    recoveries: int = 0
    recovery_seconds: float = 0
    backfilled: int = 0  # posts that a pause kept back and that went out all the same

    @property
    def is_quiet(self) -> bool:
        """True when nothing was published, nothing failed and nothing stopped."""
        stops = sum(one.stops + one.recoveries for one in self.platforms)
        return not (self.this.total or self.this.reconnects or self.this.retried or self.errors or stops)

    def as_data(self) -> dict[str, Any]:
        """Return it as it is stored and sent."""
        both = {"this": self.this, "before": self.before}
        rates = {name: {"total": one.total, "success_rate": one.success_rate} for name, one in both.items()}
        found = asdict(self)
        for name, more in rates.items():
            found[name] |= more
        return {**found, "quiet": self.is_quiet}


def added_up(parts: Iterable[Numbers]) -> Numbers:
    total = Numbers()
    for one in parts:
        for name, value in asdict(one).items():
            setattr(total, name, getattr(total, name) + value)
    return total
