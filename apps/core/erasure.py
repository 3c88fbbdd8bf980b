"""Forgetting somebody: each app that keeps tenants' rows says how it erases what it knows of a subject."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.registry import Registry


@dataclass(frozen=True, slots=True)
class Subject:
    """One person at a partner, as one tenant's rows know them; ids of ours, and what the partner calls them."""

    tenant: UUID
    grants: frozenset[UUID]
    connections: frozenset[UUID]
    names: frozenset[
        str
    ]  # ids and names at the partner: the person's, and those of the accounts behind the grants

    @property
    def told(self) -> frozenset[str]:
        """Names that cannot be taken for anything else where they stand within a text."""
        return frozenset(name for name in self.names if len(name) >= _LEAST)


_LEAST = 4  # characters
Eraser = Callable[[Subject, datetime], None]
ERASERS: Registry[Eraser] = Registry("eraser")


def erase(subject: Subject, *, at: datetime) -> None:
    """Erase what every app knows of the subject; call it in one transaction."""
    for name in ERASERS.names():
        ERASERS.get(name)(subject, at)


def nothing_to_erase(_subject: Subject, _at: datetime) -> None:
    """For an app whose tenants' rows never tell of people at partners."""
