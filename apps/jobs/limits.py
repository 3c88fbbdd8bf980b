"""What partners allow: each platform's limits are data, plugged by the floor that knows the platforms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.core.registry import Registry


class Per(StrEnum):
    """Whose calls a limit counts."""

    APP = "app"
    TENANT = "tenant"
    GRANT = "grant"
    CONNECTION = "connection"


class Budget(StrEnum):
    """Which calls a limit counts."""

    CALLS = "calls"  # every one
    WRITE = "write"
    READ = "read"
    INIT = "init"
    STATUS = "status"
    SLOTS = "slots"  # calls under way at the same time; nothing refills them


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls a minute, after a burst of so many; of slots only `burst` counts."""

    per: Per
    budget: Budget
    burst: float
    per_minute: float = 0


# By platform. A platform that is not in it has no limits.
LIMITS: Registry[tuple[Limit, ...]] = Registry("limits of a platform")

# What a look at the partner costs.
ONE_LOOK: Mapping[str, int] = {Budget.READ: 1}


_added: Mapping[str, tuple[Limit, ...]] = {}


def of(platform: str) -> tuple[Limit, ...]:
    """Return a platform's limits: those of its data file, and those that only an operator knows."""
    return (*_known(platform), *_added.get(platform, ()))


def heed(said: Mapping[str, Sequence[Limit]]) -> None:
    """Count what operators named and no data file has: many partners tell their limits only to the owner of an app."""
    global _added  # noqa: PLW0603 - one set for each process
    _added = {platform: tuple(_new(platform, rows)) for platform, rows in said.items()}


def _known(platform: str) -> tuple[Limit, ...]:
    return LIMITS.get(platform) if platform in LIMITS.names() else ()


def _new(platform: str, rows: Sequence[Limit]) -> Iterator[Limit]:
    known = {(one.per, one.budget) for one in _known(platform)}
    return (row for row in rows if (row.per, row.budget) not in known)
