"""What programs and people say, read so that the database can keep it."""

import re
from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

# A NUL, and half of a character that needs two halves: neither PostgreSQL nor a partner takes them.
_NEVER_KEPT = re.compile("[\x00\ud800-\udfff]")


def can_be_kept(text: str) -> bool:
    """Return False for text that no database takes."""
    return not _NEVER_KEPT.search(text)


def moment(said: object) -> datetime | None:
    """Return a time with its zone, in UTC (Python knows zones that PostgreSQL refuses), or None when it is none."""
    try:
        found = parse_datetime(said) if isinstance(said, str) else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
