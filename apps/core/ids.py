"""Time-ordered ids."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils import compat


def uuid7() -> UUID:
    """Return a new UUIDv7."""
    return compat.uuid7()


def id_of(value: object) -> UUID | None:
    """Return the id that somebody gave; None when it is none."""
    try:
        return UUID(str(value))
    except ValueError:
        return None


def floor(at: datetime) -> UUID:
    """Return the smallest UUIDv7 of a moment: the border between weeks in partitioned tables."""
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (0x2 << 62))


def moment(made: UUID) -> datetime:
    """Return when a UUIDv7 was made."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=made.int >> 80)
