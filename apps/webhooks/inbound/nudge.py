"""Tells the control worker that something came in. Beside the request: a broker that hangs keeps no partner waiting."""

import logging
import threading
import time

from celery import current_app

logger = logging.getLogger(__name__)
TASK = "webhooks.read"
REST = 0.25  # seconds between two messages; the rows say what there is
_wanted = threading.Event()
_guard = threading.Lock()
_teller: threading.Thread | None = None


def reader() -> None:
    """Have the reader told soon. A lost message loses nothing: beat and the watchdog let it look anyway."""
    global _teller  # noqa: PLW0603 - one thread for each process
    _wanted.set()
    with _guard:
        if _teller is None or not _teller.is_alive():
            _teller = threading.Thread(target=_tell, name="webhooks", daemon=True)
            _teller.start()


def _tell() -> None:
    while True:
        _wanted.wait()
        _wanted.clear()
        try:
            current_app.send_task(TASK, queue="control", expires=60, ignore_result=True, retry=False)
        except Exception as error:  # noqa: BLE001 - the broker may be away in any way; the row is already safe
            logger.warning("wake.lost", extra={"error": type(error).__name__})
        time.sleep(REST)
