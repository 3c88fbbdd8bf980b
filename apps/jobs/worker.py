"""The pump of a Celery worker process, and the watchdog that turns it when broker and beat are gone."""

import logging
import os
import socket
import threading
from typing import Any

from celery.signals import worker_process_init, worker_process_shutdown
from django.db import InterfaceError, OperationalError, connection, connections

from apps.jobs import lease
from apps.jobs.claim import work_is_due
from apps.jobs.pump import Pump, turned_within
from apps.jobs.sweep import sweep

logger = logging.getLogger(__name__)
WATCH_EVERY = 5.0
IDLE_LIMIT = 10.0
WATCHDOG_BUDGET = 5.0

_pump: Pump | None = None
_guard = threading.Lock()
_ending = threading.Event()


def pump() -> Pump:
    """Return this process's pump, started."""
    global _pump  # noqa: PLW0603 - one runner per process is the point
    with _guard:
        if _pump is None:
            _pump = Pump(f"{socket.gethostname()}:{os.getpid()}", alarm=_may_use_alarm())
            _pump.start()
        return _pump


def watch() -> None:
    """Look every few seconds: sweep, and turn the pump when work is due and nobody has turned for ten seconds."""
    while not _ending.wait(WATCH_EVERY):
        try:
            sweep()
            if work_is_due() and not turned_within(IDLE_LIMIT):
                logger.warning("watchdog.turning")
                pump().turn(budget=WATCHDOG_BUDGET)
        except (OperationalError, InterfaceError):
            logger.warning("watchdog.database_away")
            connection.close()
        except Exception:
            logger.exception("watchdog.failed")
    connection.close()


@worker_process_init.connect
def begin(**_kwargs: Any) -> None:
    """Start the watchdog in each prefork child, never in the parent."""
    connections.close_all()
    if os.environ.get("REKNIT_WORKER") == "engine":
        threading.Thread(target=watch, name="watchdog", daemon=True).start()


@worker_process_shutdown.connect
def end(**_kwargs: Any) -> None:
    """Let the calls in flight end, and give the lease back."""
    _ending.set()
    if _pump is not None:
        _pump.stop(within=25)


def _may_use_alarm() -> bool:
    """Only a worker process of ours may let the kernel end it at the end of its lease."""
    return os.environ.get("REKNIT_WORKER") == "engine" and lease.LEASE > 3 * lease.HEARTBEAT
