"""Tells workers that there is work. A lost message loses nothing: beat and the watchdog look anyway."""

import logging
import threading
import time
from collections import defaultdict

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)
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
    try:
        current_app.send_task("jobs.pump", queue=queue, expires=60, ignore_result=True, retry=False)
    except Exception as error:  # noqa: BLE001 - the broker may be away in any way; the row is already safe
        logger.warning("wake.lost", extra={"error": type(error).__name__})
