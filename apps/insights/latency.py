"""How long calls took, in a form that can be added up: how many fell between fixed bounds. Pure."""

from collections.abc import Sequence

# In milliseconds; a change would make old rows say something else.
BOUNDS = (10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000)
SIZE = len(BOUNDS) + 1
NOTHING = (0,) * SIZE


def percentile(took: Sequence[int], share: float) -> int | None:
    """
    Return what so large a share of the calls did not exceed, in milliseconds; None when nothing was measured.

    Between two bounds it is drawn as a straight line; above the last one that bound is all we know.
    """
    wanted = share * sum(took)
    if not wanted:
        return None
    passed = 0
    for place, count in enumerate(took):
        if count and passed + count >= wanted:
            return round(_between(place, (wanted - passed) / count))
        passed += count
    return BOUNDS[-1]


def _between(place: int, part: float) -> float:
    low = BOUNDS[place - 1] if place else 0
    high = BOUNDS[min(place, len(BOUNDS) - 1)]
    return low + (high - low) * part
