"""Drills as interfaces know them: the floor above theirs plugs itself in here."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from apps.core.registry import Registry


class Drills(Protocol):
    """
    Breaks things on purpose. `tenant` is None for the staff, who see everybody's.

    What a tenant asks for is refused with a Problem where drills are switched off for it.
    """

    def offered(self) -> Mapping[str, str]:
        """Return what can be broken, with a sentence each."""
        ...

    def start(
        self,
        name: str,
        *,
        tenant: UUID,
        connections: Collection[UUID],
        duration: timedelta,
        rate: int,
        actor: str,
        at: datetime,
    ) -> Mapping[str, Any]:
        """Ask for a drill, and return its report card so far. :raises Problem: when it is refused."""
        ...

    def abort(self, run: UUID, *, tenant: UUID | None, actor: str, at: datetime) -> Mapping[str, Any]:
        """Want it to end now, and return its card. :raises Problem: when it is over."""
        ...

    def cards(self, *, tenant: UUID | None) -> Sequence[Mapping[str, Any]]:
        """Return the newest report cards, the newest first."""
        ...

    def card(self, run: UUID, *, tenant: UUID | None) -> Mapping[str, Any]:
        """Return a report card. :raises ObjectDoesNotExist: when there is none."""
        ...


PORT = "drills"
DRILLS: Registry[Drills] = Registry("way to break things")


def drills() -> Drills:
    """Return whoever breaks things."""
    return DRILLS.get(PORT)
