"""Whole ISO weeks in UTC: which are over and due to be summed up, and what they are called. Pure."""

from datetime import UTC, date, datetime, time, timedelta

from apps.core.partitions import monday

WEEK = timedelta(weeks=1)
DUE_AFTER = timedelta(hours=8)  # Mondays at 08:00
LOOKS_BACK = 4  # weeks: what was not written for longer is history


def newest_due(at: datetime) -> date:
    """Return the Monday of the newest week that is to be summed up by now."""
    return (monday((at - DUE_AFTER).astimezone(UTC)) - WEEK).date()


def due(at: datetime) -> list[date]:
    """Return the Mondays of the weeks that should be summed up by now, the oldest first."""
    newest = newest_due(at)
    return [newest - back * WEEK for back in range(LOOKS_BACK - 1, -1, -1)]


def bounds(week: date) -> tuple[datetime, datetime]:
    """Return the week's first moment and the one after its last."""
    begin = datetime.combine(week, time(), tzinfo=UTC)
    return begin, begin + WEEK


def in_words(week: date) -> str:
    """Return what a person calls it: `16 to 22 November 2026`."""
    last = week + WEEK - timedelta(days=1)
    first = f"{week.day}"
    if week.month != last.month:
        first = f"{week.day} {week:%B}"
    if week.year != last.year:
        first = f"{first} {week.year}"
    return f"{first} to {last.day} {last:%B} {last.year}"
