"""How each partner does right now, from what was read anyway: connections, posts of the last hour, recent calls."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.connections import queries as connections
from apps.connections.choices import STOPPED, ConnectionStatus, Platform
from apps.core import clock
from apps.jobs import queries as jobs

PART, PARTS = timedelta(minutes=5), 12
RECENT = timedelta(minutes=15)
HEIGHT = 24  # of the small chart


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of the hour in the small chart: where it stands, how high, and of which height failures."""

    x: int
    height: int
    failed: int
    words: str


@dataclass(frozen=True, slots=True)
class PlatformHealth:
    """One partner's row."""

    platform: str
    name: str
    works: int
    stopped: int
    published: int
    failed: int
    flow: jobs.Flow
    bars: tuple[Bar, ...]

    @property
    def success(self) -> str:
        """How many of the posts that ended in the last hour went out."""
        ended = self.published + self.failed
        return f"{100 * self.published / ended:.1f} %" if ended else ""

    @property
    def error_rate(self) -> str:
        """How many of the recent calls failed."""
        return f"{100 * self.flow.failed / self.flow.calls:.1f} %" if self.flow.calls else ""


@dataclass(frozen=True, slots=True)
class Health:
    """All partners."""

    rows: tuple[PlatformHealth, ...]
    is_cut: bool = False  # more ended in the hour than is read

    @property
    def most_ends(self) -> str:
        """How many of the ends are read."""
        return f"{jobs.MOST_ENDS:,}"


def health(at: datetime) -> Health:
    """Return a row for each partner that has connections or calls."""
    counts = connections.counts_across_tenants()
    ends = jobs.ends_across_tenants(at=_even(at), part=PART, parts=PARTS)
    flows = jobs.flow_across_tenants(since=clock.real_now() - RECENT)
    rows = [
        _row(name, counts, ends.parts, flows) for name in Platform if name in counts.keys() | flows.keys()
    ]
    return Health(tuple(rows), ends.is_cut)


def _even(at: datetime) -> datetime:
    """Return the end of the part that is under way: bars do not move between two looks."""
    seconds = int(PART.total_seconds())
    stamp = int(at.timestamp())
    return datetime.fromtimestamp(stamp - stamp % seconds + seconds, tz=at.tzinfo)


def _row(
    platform: Platform,
    counts: dict[str, dict[str, int]],
    ends: dict[str, tuple[list[int], list[int]]],
    flows: dict[str, jobs.Flow],
) -> PlatformHealth:
    mine = counts.get(platform, {})
    worked, failed = ends.get(platform, ([0] * PARTS, [0] * PARTS))
    return PlatformHealth(
        platform=platform.value,
        name=str(platform.label),
        works=mine.get(ConnectionStatus.ACTIVE, 0),
        stopped=sum(mine.get(status, 0) for status in STOPPED),
        published=sum(worked),
        failed=sum(failed),
        flow=flows.get(platform, jobs.Flow()),
        bars=_bars(worked, failed),
    )


def _bars(worked: list[int], failed: list[int]) -> tuple[Bar, ...]:
    most = max((good + bad for good, bad in zip(worked, failed, strict=True)), default=0) or 1
    return tuple(
        Bar(
            x=number * 8,
            height=-(-HEIGHT * (good + bad) // most),
            failed=-(-HEIGHT * bad // most),
            words=f"{good} published, {bad} failed",
        )
        for number, (good, bad) in enumerate(zip(worked, failed, strict=True))
    )
