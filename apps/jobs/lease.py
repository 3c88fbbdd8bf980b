"""The lease of a pump process: who may send. The database's clock decides, this process only trusts it for a while."""

import signal
import threading
import time
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from apps.core import ids

HEARTBEAT = 10.0  # seconds
LEASE = 45.0
MARGIN = 5.0  # stop sending this long before the lease ends
JUMP = 5.0  # wall clock against boot-time clock: a machine that was stopped


def register(name: str) -> UUID:
    """Insert a runner row and return its id."""
    runner = ids.uuid7()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO jobs_runner (id, name, started_at, heartbeat_at, lease_until)"
            " VALUES (%s, %s, now(), now(), now() + make_interval(secs => %s))",
            [runner, name, LEASE],
        )
    return runner


def renew(runner: UUID) -> bool:
    """Prolong the lease; False means that it had ended and others may own the lanes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_runner SET heartbeat_at = now(), lease_until = now() + make_interval(secs => %s)"
            " WHERE id = %s AND stopped_at IS NULL AND lease_until > now()",
            [LEASE, runner],
        )
        return bool(cursor.rowcount == 1)


def note_turn(runner: UUID) -> None:
    """Note that the runner looks for work."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_runner SET turned_at = now() WHERE id = %s", [runner])


def give_up(runner: UUID) -> None:
    """Mark the runner as stopped; its lanes must have been released before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_runner SET stopped_at = now() WHERE id = %s AND stopped_at IS NULL", [runner]
        )


def boot_clock() -> float:
    """Seconds since boot, counting the time in which the machine slept."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(frozen=True, slots=True)
class _Trust:
    until: float  # boot clock
    wall: float
    boot: float


class Lease:
    """What this process knows of its own lease. Thread-safe: one writer, readers see a whole value."""

    def __init__(self, runner: UUID, *, alarm: bool = False) -> None:
        self.runner = runner
        self._alarm = alarm
        self._lost = threading.Event()
        self._trust = _Trust(0, 0, 0)

    @property
    def lost(self) -> bool:
        """True once the database said that the lease had ended."""
        return self._lost.is_set()

    def trust_from(self, asked_at: float) -> None:
        """Note that a renewal which was asked for at `asked_at` (boot clock) succeeded."""
        self._trust = _Trust(asked_at + LEASE - MARGIN, time.time(), boot_clock())
        if self._alarm:
            # The kernel keeps this timer while the process is stopped: a frozen worker that wakes after its lease
            # dies before it runs a line of ours. Nothing else in a worker may use SIGALRM.
            signal.setitimer(signal.ITIMER_REAL, max(0.1, asked_at + LEASE - boot_clock() - 1))

    def lose(self) -> None:
        """Note that others may own our lanes now."""
        self._lost.set()

    def holds(self) -> bool:
        """Return True while the lease is certainly ours; asked just before every send."""
        trust = self._trust
        if self._lost.is_set() or boot_clock() > trust.until:
            return False
        jump = (time.time() - trust.wall) - (boot_clock() - trust.boot)
        return abs(jump) <= JUMP

    def disarm(self) -> None:
        """Stop the kernel's timer, when the process ends in good order."""
        if self._alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)
