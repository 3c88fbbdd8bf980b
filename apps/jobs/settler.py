"""The stream of results: what calls came to is committed every 20 ms, at once when it must not wait."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from uuid import UUID

from django.db import connection

from apps.errors import live as overrides
from apps.errors.codes import ErrorAction
from apps.errors.outcome import Outcome
from apps.jobs import live, settle
from apps.jobs.in_flight import InFlight
from apps.jobs.kinds import Settlement
from apps.jobs.patience import patiently

logger = logging.getLogger(__name__)

# What a settle costs beside its rows is the same for one row as for hundreds (docs/benchmarks.md).
BATCH = 256
BATCH_WINDOW = 0.02  # seconds
# What has ended and is not settled, as a part of what is in flight. Beyond that we are the slow one and not the partner:
# whoever is claimed now waits here, where tenants take no turns and the next post of an account cannot begin.
MOST_UNSETTLED, UNSETTLED_PART = 32, 4
# Nobody may start on a dead token a moment longer than it takes to write that down.
FLUSH_ACTIONS = frozenset({ErrorAction.PAUSE_RECONNECT, ErrorAction.REFRESH_TOKEN, ErrorAction.ESCALATE_OPS})


class Settler:
    """Takes results from the loop and commits them in batches, in a thread of its own."""

    def __init__(self, in_flight: InFlight, runner: Callable[[], UUID]) -> None:
        self.settled = threading.Event()  # set after each commit: lanes may have become free
        self.unreleased: dict[UUID, int] = {}  # lanes that somebody held when we would have released them
        self._in_flight = in_flight
        self._runner = runner
        self._results: queue.SimpleQueue[Settlement] = queue.SimpleQueue()
        self._flush = threading.Event()
        self._stopping = threading.Event()

    def put(self, settlement: Settlement) -> None:
        """Take one result; safe from any thread."""
        self._results.put(settlement)
        if _must_flush(settlement.outcome):
            self._flush.set()

    def is_behind(self) -> bool:
        """Return True when so much waits to be committed that nothing more should be claimed."""
        return self._results.qsize() > max(MOST_UNSETTLED, len(self._in_flight) // UNSETTLED_PART)

    def stop(self) -> None:
        """End once nothing is in flight any more."""
        self._stopping.set()

    def run(self) -> None:
        """Commit what comes until it is stopped and everything has come."""
        while not (self._stopping.is_set() and not self._in_flight):
            batch = self._collect()
            patiently(overrides.refresh)
            patiently(live.refresh)
            if batch:
                self._settle(batch)
            if self.unreleased:
                self.unreleased = self._release(self.unreleased)
                self.settled.set()
        connection.close()

    def _release(self, lanes: dict[UUID, int]) -> dict[UUID, int]:
        return patiently(lambda: settle.release(self._runner(), lanes))

    def _collect(self) -> list[Settlement]:
        """Return the next batch: what came within 20 ms of the first; less when one must not wait, or nothing can come."""
        try:
            batch = [self._results.get(timeout=0.1)]
        except queue.Empty:
            return []
        end = time.monotonic() + BATCH_WINDOW
        most = min(BATCH, len(self._in_flight))
        while len(batch) < most and not self._flush.is_set() and (left := end - time.monotonic()) > 0:
            try:
                batch.append(self._results.get(timeout=left))
            except queue.Empty:
                break
        while len(batch) < BATCH and not self._results.empty():
            batch.append(self._results.get())
        self._flush.clear()
        return batch

    def _settle(self, batch: list[Settlement]) -> None:
        busy = self._in_flight.busy_after(batch)
        result = patiently(lambda: settle.settle(self._runner(), batch, busy=busy))
        _time_pauses(batch)
        self.unreleased |= result.unreleased
        self._in_flight.remove(batch)
        self.settled.set()


def _must_flush(outcome: Outcome) -> bool:
    found = outcome.classification
    return outcome.secret is not None or bool(found and found.action in FLUSH_ACTIONS)


def _time_pauses(batch: Iterable[Settlement]) -> None:
    """Log how long it took from a classified error to the commit that stops the lane."""
    for one in batch:
        found = one.outcome.classification
        if found and found.action in FLUSH_ACTIONS:
            took = round((time.monotonic() - one.answered) * 1000, 1)
            logger.info("pause.committed", extra={"latency_ms": took})
