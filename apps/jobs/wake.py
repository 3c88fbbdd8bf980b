"""Tells workers that there is work. A lost message loses nothing: beat and the watchdog look anyway."""

import logging
import threading
import time

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)
COALESCE = 0.1  # seconds; one message per process and window is enough, the row says what is due
_last = 0.0
_guard = threading.Lock()


def engine() -> None:
    """Send one wake to the engine queue, at most one per 100 ms."""
    global _last  # noqa: PLW0603 - one moment per process
    with _guard:
        if time.monotonic() - _last < COALESCE:
            return
        _last = time.monotonic()
    try:
        current_app.send_task("jobs.pump", queue="engine", expires=60, ignore_result=True, retry=False)
    except Exception as error:  # noqa: BLE001 - the broker may be away in any way; the row is already safe
        logger.warning("wake.lost", extra={"error": type(error).__name__})


def engine_on_commit() -> None:
    """Wake once the surrounding transaction has committed."""
    transaction.on_commit(engine)
