"""The banner that a tenant sees in its worst minute."""

from dataclasses import dataclass

from apps.connections.models import Connection
from apps.errors.codes import ErrorCode
from apps.recovery.reconnect import generate_reconnect_url


@dataclass(frozen=True, slots=True)
class Banner:
    """What broke, why, since when, what waits, and the one button that mends it."""

    connection: Connection
    partner: str
    why: str
    waiting: int
    by_themselves: bool  # the tenant's people may reconnect; else they are told whom to ask

    @property
    def reconnect_path(self) -> str:
        """Where the button leads."""
        return generate_reconnect_url(self.connection).split("?")[0]

    @property
    def asks_for_permission(self) -> bool:
        """Whether the partner is to ask again for what was not allowed."""
        return self.connection.pause_reason == ErrorCode.PERMISSION_INSUFFICIENT
