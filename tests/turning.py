"""A pump that turns beside the test, as a worker does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from apps.jobs.pump import Pump


@contextmanager
def turning(pump: Pump) -> Iterator[None]:
    """Let the pump turn in a thread of its own until the block ends."""
    over = threading.Event()

    def turn() -> None:
        while not over.wait(0.02):
            pump.drain()
        connections.close_all()

    thread = threading.Thread(target=turn, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
