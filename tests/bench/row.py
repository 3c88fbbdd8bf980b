"""One measured line."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured; `ratio` is ours over the peer's, `must` and `aim` are in the row's unit (0: no promise)."""

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    spread: float  # (largest - smallest) / median of our runs
    must: float
    aim: float
    better: str  # "less" or "more"

    @property
    def ratio(self) -> float:
        """Ours over the peer's."""
        return self.value / self.peer_value if self.peer_value else 0.0

    @property
    def holds(self) -> bool:
        """True when the promise is kept, or nothing was promised."""
        if not self.must:
            return True
        return self.value <= self.must if self.better == "less" else self.value >= self.must

    def as_json(self) -> dict[str, object]:
        """Return the row for machines."""
        return {**asdict(self), "ratio": self.ratio, "holds": self.holds}


def in_turns(
    ours: Callable[[], float], peers: Callable[[], float], *, times: int = 3
) -> tuple[float, float, float]:
    """Measure both in turns; return our median, the peer's median and our spread."""
    pairs = [(ours(), peers()) for _ in range(times)]
    mine: Sequence[float] = [pair[0] for pair in pairs]
    middle = statistics.median(mine)
    spread = (max(mine) - min(mine)) / middle if middle else 0.0
    return middle, statistics.median(pair[1] for pair in pairs), spread
