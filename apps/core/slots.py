"""A number for each process of a service, the lowest that is free: whoever comes after a dead one goes on in its place."""

import fcntl
import os
from pathlib import Path
from typing import IO


class Slots:
    """
    The numbers of one folder. A file lock says who has which; the kernel lets go of it with the process.

    A forked child takes one of its own: the first question after the fork notices that it is somebody else.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid = 0
        self._mine = -1
        self._lock: IO[str] | None = None

    def mine(self) -> int:
        """Return this process's number."""
        if self._pid != os.getpid():
            self._take()
        return self._mine

    def _take(self) -> None:
        if self._lock is not None:
            self._lock.close()  # the parent's; its own copy still holds it
        number = 0
        while (lock := _locked(self._folder / f"{number}.lock")) is None:
            number += 1
        self._pid, self._mine, self._lock = os.getpid(), number, lock


def _locked(path: Path) -> IO[str] | None:
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock
