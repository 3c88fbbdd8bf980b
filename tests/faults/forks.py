"""A worker that may die: a fork of the test's process, with connections, pump and runner of its own."""

import os
import traceback
from collections.abc import Callable

from django.conf import settings
from django.db import connection, connections

from apps.jobs.claim import Part
from apps.jobs.pump import Pump

_INHERITED: list[object] = []  # kept, so that nobody closes what the parent still uses


def work(*, failpoint: str = "", quarantine: bool = False, solo: bool = False, budget: float = 20) -> int:
    """
    Let a worker work until nothing is due; return its end as `os.waitstatus_to_exitcode` says it.

    Negative is the signal that it died of: a failpoint `<place>:kill` gives -9.
    """

    def turn() -> None:
        settings.FAILPOINT = failpoint
        pump = Pump("killed", parts=[Part.QUARANTINE if quarantine else Part.SOLO if solo else Part.ENGINE])
        pump.start()
        pump.drain(budget=budget)
        pump.stop()

    return in_a_fork(turn)


def in_a_fork(act: Callable[[], None]) -> int:
    """Run something in a process of its own that shares nothing but the database."""
    return end(begin(act))


def begin(act: Callable[[], None]) -> int:
    """Start something in a process of its own; return its id, for `end`."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        # What the test's process left open (a browser's event loop has connections of its own) is not ours to use.
        _INHERITED.append(connections["default"])
        del connections["default"]
        try:
            act()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - a fork must never return into the test
            traceback.print_exc()
            os._exit(1)
    return child


def end(child: int) -> int:
    """Wait for a process that was begun."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def end_leases() -> None:
    """Let the dead workers' leases be over without waiting for them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_runner SET lease_until = now() - interval '1 second' WHERE name = 'killed'"
        )
