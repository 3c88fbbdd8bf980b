"""Wakes the workers that run jobs."""

import threading
import time
from collections import defaultdict

from django.db import transaction

from apps.core import broker

COALESCE = 0.1  # seconds; one message per process, queue and window is enough, the row says what is due
_last: defaultdict[str, float] = defaultdict(float)
_guard = threading.Lock()


def engine() -> None:
    """Send one wake to the workers that call partners, at most one per 100 ms."""
    _wake("engine")


def bulk() -> None:
    """Send one wake to the workers of the solo lanes, at most one per 100 ms."""
    _wake("bulk")


def engine_on_commit() -> None:
    """Wake once the surrounding transaction has committed."""
    transaction.on_commit(engine)


def _wake(queue: str) -> None:
    with _guard:
        if time.monotonic() - _last[queue] < COALESCE:
            return
        _last[queue] = time.monotonic()
    broker.tell("jobs.pump", queue)
