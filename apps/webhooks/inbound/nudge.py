"""Tells the control worker that something came in. Beside the request: a broker that hangs keeps no partner waiting."""

import threading
import time

from apps.core import broker

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
        broker.tell(TASK, "control")
        time.sleep(REST)
