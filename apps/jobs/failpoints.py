"""Named places where a fault run lets a process die or sleep; they do nothing unless a setting names one."""

import os
import signal
import time

from django.conf import settings

PLACES = frozenset({"after_claim", "after_send", "before_settle", "after_settle"})


def reach(place: str) -> None:
    """
    Act if REKNIT_FAILPOINT is `place:kill` (SIGKILL ourselves), `place:stop` (SIGSTOP) or `place:sleep:<seconds>`.

    A file named by REKNIT_FAILPOINT_ONCE makes it act only once over all processes.
    """
    wanted = settings.FAILPOINT
    if not wanted or not wanted.startswith(f"{place}:"):
        return
    if settings.FAILPOINT_ONCE and not _first(settings.FAILPOINT_ONCE):
        return
    _, action, *rest = wanted.split(":")
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action == "sleep":
        time.sleep(float(rest[0]))


def _first(path: str) -> bool:
    """Return True for the one process that creates the file."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
