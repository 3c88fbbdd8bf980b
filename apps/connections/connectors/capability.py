"""What an account can publish, as data: the shape of every platform's capabilities.py."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from apps.connections.connectors.text import CHARACTERS, Measure


class Verify(StrEnum):
    """How an unknown outcome can be cleared up, per platform x account type x format."""

    BY_ID = "by_id"
    BY_MARKER = "by_marker"
    BY_LIST = "by_list"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class AccountType:
    """What is true of a type of account whatever it posts; for people to read, no code decides by it."""

    name: str  # as it stands in a sentence: a Facebook Page
    who: str  # which accounts at the partner can be connected
    scheduling: str  # what the partner itself could keep for later; we plan posts ourselves
    analytics: str  # what its API tells about posts that are out, and which permission that takes
    rates: str  # how many posts and calls it takes


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """What one picture or film may be; None means that the partner names no limit."""

    types: tuple[str, ...]  # content types
    max_bytes: int | None = None
    min_bytes: int | None = None
    ratios: tuple[str, str] | None = None  # width to height, narrowest and widest: "4:5", "1.91:1"
    least_sides: tuple[int, int] | None = None  # pixels: the shorter and the longer side
    most_sides: tuple[int, int] | None = None
    max_pixels: int | None = None
    durations: tuple[float, float] | None = None  # seconds, shortest and longest


@dataclass(frozen=True, slots=True)
class Capability:
    """What an account type can do with one format, and how we can look it up again."""

    text_limit: int | None
    verify: Verify
    measure: Measure = CHARACTERS  # how the partner counts the text
    hashtags: int | None = None
    mentions: int | None = None
    link: bool = False  # shows a link beside the text
    max_lag: timedelta = timedelta(0)  # how late a listing may show a post
    longest_processing: timedelta = timedelta(minutes=10)
    scopes: tuple[str, ...] = ()
    media_min: int = 0
    media_max: int = 0
    picture: MediaLimits | None = None
    film: MediaLimits | None = None
    deletes: bool = False
    needs: tuple[str, ...] = ()  # options without which the format makes no sense
    # An option and the one value with which listings show the post; with another value nothing verifies it.
    shown_with: tuple[str, str] | None = None

    @property
    def media_types(self) -> tuple[str, ...]:
        """The content types that it takes."""
        return tuple(kind for limits in (self.picture, self.film) if limits for kind in limits.types)
