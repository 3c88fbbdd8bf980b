"""What an endpoint may hear of, as boxes that people tick: all of it, a whole category, or single events."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from apps.webhooks.catalogue.shape import EventType
from apps.webhooks.catalogue.types import TYPES, categories, is_caused, outgoing

EVERYTHING = "*"
WORDS = {
    "error": "Failures, and what becomes of them",
    "connection": "Accounts: connected, stopped, working again",
    "grant": "Sign-ins that end soon",
    "job": "Posts: out, not taken, waiting for a person",
    "breaker": "A partner that keeps failing on one account",
    "incident": "A partner's trouble with many accounts",
    "operation": "Work on many posts at once",
    "schedule": "Schedules",
    "metrics": "Figures of each minute",
}


@dataclass(frozen=True, slots=True)
class Box:
    """One box: what it asks for, what stands beside it, and whether it is ticked."""

    asks: str
    words: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A category as a whole, and its events."""

    whole: Box
    events: Sequence[Box]

    @property
    def has_parts(self) -> bool:
        """True when there is something to choose from, or one of it was chosen elsewhere."""
        return len(self.events) > 1 or self.is_open

    @property
    def is_open(self) -> bool:
        """True when single events of it are ticked."""
        return any(one.ticked for one in self.events)


def choices() -> list[tuple[str, str]]:
    """Return everything that may be ticked."""
    return [
        (EVERYTHING, "Everything"),
        *((f"{category}.*", WORDS[category]) for category in categories()),
        *((one.name, one.meaning) for one in outgoing()),
    ]


def groups(chosen: Collection[str]) -> Iterator[Group]:
    """Yield the categories, without those that nothing in this version causes and nobody asked for."""
    for category in categories():
        events = [one for one in outgoing() if one.category == category]
        whole = Box(f"{category}.*", WORDS[category], f"{category}.*" in chosen)
        boxes = [Box(one.name, one.meaning, one.name in chosen) for one in events]
        if whole.ticked or any(one.ticked for one in boxes) or any(map(is_caused, events)):
            yield Group(whole, boxes)


def plain(chosen: Sequence[str]) -> list[str]:
    """Return what was ticked without what another box asks for anyway."""
    if EVERYTHING in chosen:
        return [EVERYTHING]
    return [one for one in chosen if one.endswith(".*") or f"{one.partition('.')[0]}.*" not in chosen]


def in_words(event_types: Sequence[str]) -> list[str]:
    """Return what an endpoint hears of, as people say it."""
    if EVERYTHING in event_types:
        return ["Everything that happens"]
    return [WORDS[one.removesuffix(".*")] if one.endswith(".*") else _meaning(one) for one in event_types]


def _meaning(name: str) -> str:
    of: EventType | None = TYPES.get(name)
    return of.meaning if of else name
