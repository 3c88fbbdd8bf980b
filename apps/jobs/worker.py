"""The pump of a Celery worker process, and the watchdog that turns it when broker and beat are gone.

REKNIT_WORKER says what a worker is: `engine` calls partners, `bulk` runs the quarantine and what uses the ORM inside
its calls (operations), one job at a time in each of its processes, `control` does the chores.
"""

import logging
import mmap
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

from celery.signals import worker_process_init, worker_process_shutdown, worker_shutting_down
from django.db import InterfaceError, OperationalError, connection, connections

from apps.core import clock, memory
from apps.events import retention as event_retention
from apps.jobs import chores, lease, liveness, retention
from apps.jobs.claim import Part, quarantine_is_due, work_is_due
from apps.jobs.pump import Pump
from apps.jobs.sweep import sweep

logger = logging.getLogger(__name__)
WATCH_EVERY = 5.0
BULK_EVERY = 2.0  # nobody else takes its work
IDLE_LIMIT = 10.0
WATCHDOG_BUDGET = 5.0

_pump: Pump | None = None
_guard = threading.Lock()
_ending = threading.Event()
_PARTS = {"bulk": (Part.QUARANTINE, Part.SOLO)}
# One byte that the parent process shares with its children: it hears SIGTERM, they do the work.
_shutting_down = mmap.mmap(-1, 1)


def pump() -> Pump:
    """
    Return this process's pump, started.

    :raises OperationalError: while the database is away; the next call begins anew.
    """
    global _pump  # noqa: PLW0603 - one runner per process is the point
    with _guard:
        if _pump is None:
            name = f"{socket.gethostname()}:{os.getpid()}"
            fresh = Pump(name, alarm=_may_use_alarm(), parts=_PARTS.get(_role(), (Part.ENGINE,)))
            fresh.start()
            _pump = fresh  # not before: one that was not started would refuse every turn of this process
            memory.spare_the_collector()
        return _pump


def turn(budget: float) -> int:
    """Turn this process's pump while there is work; ends at once when the worker is told to stop."""
    return pump().turn(budget=budget, stopping=lambda: _shutting_down[0] != 0)


def watch() -> None:
    """Look every few seconds: sweep, and turn the pump when work is due that nobody else takes."""
    _guarded(_make_weeks)
    while not _ending.wait(BULK_EVERY if _role() == "bulk" else WATCH_EVERY):
        _guarded(_show)
        _guarded(_look)
    connection.close()


def _guarded(act: Callable[[], None]) -> None:
    """Whatever happens to one look, the next comes."""
    try:
        act()
    except (OperationalError, InterfaceError):
        logger.warning("watchdog.database_away")
        connection.close()
    except Exception:
        logger.exception("watchdog.failed")


def _make_weeks() -> None:
    """After weeks without any worker the coming ones are missing: make them before there is something to write."""
    at = clock.real_now()
    retention.make_weeks(at=at)
    event_retention.make_weeks(at=at)


def _show() -> None:
    liveness.show(_role())


def _look() -> None:
    sweep()
    if _role() == "control":
        chores.do_all()
    elif _nobody_takes_it():
        turn(WATCHDOG_BUDGET)


def _nobody_takes_it() -> bool:
    if _role() == "bulk":
        return quarantine_is_due() or work_is_due(solo=True)
    if not work_is_due() or liveness.turned_within(IDLE_LIMIT):
        return False
    logger.warning("watchdog.turning")
    return True


@worker_shutting_down.connect
def warn(**_kwargs: Any) -> None:
    """Tell the children to claim no more: this runs in the parent."""
    _shutting_down[0] = 1


@worker_process_init.connect
def begin(**_kwargs: Any) -> None:
    """Start the watchdog in each prefork child, never in the parent."""
    connections.close_all()
    if _role() in {"engine", "bulk", "control"}:
        threading.Thread(target=watch, name="watchdog", daemon=True).start()


@worker_process_shutdown.connect
def end(**_kwargs: Any) -> None:
    """Let the calls in flight end, and give the lease back."""
    _ending.set()
    if _pump is not None:
        _pump.stop(within=25)


def _role() -> str:
    return os.environ.get("REKNIT_WORKER", "")


def _may_use_alarm() -> bool:
    """Only a worker process of ours may let the kernel end it at the end of its lease."""
    return _role() in {"engine", "bulk"} and lease.LEASE > 3 * lease.HEARTBEAT
