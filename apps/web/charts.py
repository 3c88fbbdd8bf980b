"""Charts drawn on the server: where bars and labels go, in the units of an SVG that grows with its place. Pure.

The drawing is small, so that its text is still legible on a phone. Beside each chart stands a table with the numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 12, 28
TICKS = 4
GAP = 0.35  # of a bar's place
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle with what it says."""

    x: float
    y: float
    width: float
    height: float
    sort: str  # the class that colours it
    says: str


@dataclass(frozen=True, slots=True)
class Label:
    """A word beside an axis, or the line that it names."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What a template needs to draw it."""

    bars: tuple[Bar, ...]
    lines: tuple[Label, ...]  # of the vertical axis, from below
    labels: tuple[Label, ...]  # of the horizontal one
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class Column:
    """One place on the horizontal axis: its parts from below, each a class, a number and a sentence."""

    label: str
    parts: Sequence[tuple[str, float, str]]

    @property
    def total(self) -> float:
        """How high it stands."""
        return sum(value for _, value, _ in self.parts)


def columns(given: Sequence[Column], *, top: int | None = None, unit: str = "") -> Chart:
    """Return stacked bars; `top` is the end of the axis where it does not follow from the numbers."""
    tallest = max((one.total for one in given), default=0)
    step = _step(top or tallest)
    highest = top or step * max(ceil(tallest / step), 1)
    scale = (HEIGHT - TOP - BOTTOM) / highest
    place = (WIDTH - LEFT - RIGHT) / max(len(given), 1)
    bars = [bar for at, one in enumerate(given) for bar in _stack(one, LEFT + place * at, place, scale)]
    marks = [step * number for number in range(highest // step + 1)]
    return Chart(
        bars=tuple(bars),
        lines=tuple(Label(round(HEIGHT - BOTTOM - mark * scale, 1), f"{mark:,}{unit}") for mark in marks),
        labels=tuple(Label(round(LEFT + place * (at + 0.5), 1), one.label) for at, one in enumerate(given)),
    )


def _stack(column: Column, x: float, place: float, scale: float) -> list[Bar]:
    bars, y = [], float(HEIGHT - BOTTOM)
    for sort, value, says in column.parts:
        if not value:
            continue
        height = max(value * scale, 2)  # what is there can be seen
        y -= height
        width = place * (1 - GAP)
        bars.append(
            Bar(round(x + place * GAP / 2, 1), round(y, 1), round(width, 1), round(height, 1), sort, says)
        )
    return bars


def _step(highest: float) -> int:
    """Return a round distance between lines, so that there are at most so many."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size * TICKS >= highest:
                return step * size
        size *= 10
