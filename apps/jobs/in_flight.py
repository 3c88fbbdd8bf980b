"""Which lanes have calls under way in this process, and how many."""

import threading
from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from apps.jobs.claim import Claimed
from apps.jobs.kinds import Settlement


class InFlight:
    """The claimed jobs that are not settled yet, by lane; one thread adds, another takes away."""

    def __init__(self) -> None:
        self._by_lane: Counter[UUID] = Counter()
        self._guard = threading.Lock()

    def __len__(self) -> int:
        return self._by_lane.total()

    def add(self, claimed: Iterable[Claimed]) -> None:
        """Count what was claimed."""
        with self._guard:
            self._by_lane.update(one.job.lane_id for one in claimed)

    def lanes(self) -> frozenset[UUID]:
        """Return the lanes that have calls under way."""
        with self._guard:
            return frozenset(self._by_lane)

    def remove(self, batch: Iterable[Settlement]) -> None:
        """Forget what has been settled."""
        with self._guard:
            self._by_lane -= Counter(one.job.lane_id for one in batch)

    def busy_after(self, batch: Iterable[Settlement]) -> frozenset[UUID]:
        """Return the lanes of a batch that still have calls under way when it is settled: they are not given back."""
        ending = Counter(one.job.lane_id for one in batch)
        with self._guard:
            return frozenset(lane for lane, ended in ending.items() if self._by_lane[lane] > ended)
