"""The web port: one program each, also when two launchers look at the same moment."""

import fcntl
import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.stack.home import StackFailed


@dataclass(frozen=True, slots=True)
class Port:
    """A port that is ours until it is given back."""

    number: int
    _lock: IO[str]

    def give_back(self) -> None:
        """Let others have it."""
        self._lock.close()


def reserve() -> Port:
    """
    Return REKNIT_PORT if it is given, 8000 if that is free, else any free port.

    The web server shares its port with whoever asks for the same one (SO_REUSEPORT), and it starts seconds after we
    looked. So a file lock, kept while the stack runs, says whose the port is.

    :raises StackFailed: when the given one is taken.
    """
    wanted = os.environ.get("REKNIT_PORT", "")
    if wanted and not (wanted.isdigit() and 0 < int(wanted) < 65536):  # noqa: PLR2004 - ports
        raise StackFailed(f"REKNIT_PORT is {wanted!r}; it must be a port number.")
    for number in (int(wanted),) if wanted else (8000, 0, 0, 0):
        if found := _take(number):
            return found
    raise StackFailed(f"Port {wanted} is taken by another program; set REKNIT_PORT to a free one.")


def some(count: int) -> list[Port]:
    """
    Return as many free ports, for what nobody types into a browser.

    :raises StackFailed: when there are none.
    """
    found = [port for _ in range(count) if (port := _take(0))]
    if len(found) < count:
        raise StackFailed("There are no free ports on this machine.")
    return found


def _take(number: int) -> Port | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return None
        free = int(probe.getsockname()[1])
    try:
        lock = (Path(tempfile.gettempdir()) / f"reknit-port-{os.getuid()}-{free}.lock").open("a")
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return Port(free, lock)
