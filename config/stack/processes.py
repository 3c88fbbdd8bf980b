"""Our own processes: how each is started, watched, killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from config.stack.home import StackFailed
from config.stack.servers import die_with_parent


@dataclass
class Process:
    """One program of the stack."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    restarts: int = field(default=0)

    def start(self) -> None:
        """Start it in a group of its own, so that it can be killed with its children."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    @property
    def pid(self) -> int:
        """The id of its group."""
        if self.process is None:
            raise RuntimeError(f"{self.name} has not been started.")
        return self.process.pid

    def alive(self) -> bool:
        """Return True while it runs."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """End it and its children at once, without a chance to tidy up."""
        self.signal(signal.SIGKILL)
        if self.process:
            self.process.wait(timeout=10)

    def stop(self, *, within: float = 30) -> None:
        """Ask it to end; kill what is left."""
        if not self.alive() or self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=within)
        self.signal(signal.SIGKILL)

    def last_words(self) -> str:
        """Return the last lines of its log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
        except OSError:
            return ""

    def signal(self, number: int) -> None:
        """Send a signal to it and its children."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return


class SimulatorProcess(Process):
    """The simulator says by itself where it listens."""

    def start_and_read(self, *, within: float = 20) -> dict[str, str]:
        """
        Start it and return the settings that it prints.

        :raises StackFailed: when it does not get ready.
        """
        self.log.write_bytes(b"")
        self.start()
        end = time.monotonic() + within
        while time.monotonic() < end and self.alive():
            lines = self.log.read_text(errors="replace").splitlines()
            if "ready" in lines:
                pairs = (line.partition("=") for line in lines if line.startswith("REKNIT_"))
                return {name: value for name, _, value in pairs}
            time.sleep(0.05)
        raise StackFailed(f"The simulator did not get ready.\n{self.last_words()}")


def python(*arguments: str) -> list[str]:
    """Return a command that runs this Python."""
    return [sys.executable, *arguments]
