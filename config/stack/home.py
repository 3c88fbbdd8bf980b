"""The private folder of a checkout: one launcher at a time, keys that outlive a run, leftovers that are only ours."""

import base64
import fcntl
import hashlib
import json
import os
import secrets
import signal
import tempfile
from pathlib import Path
from typing import IO

import psutil


class StackFailed(Exception):
    """The stack cannot run; the message is one sentence for the person at the terminal."""


class Home:
    """The folder with data, logs, keys and the list of processes that we started."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[str] | None = None

    @classmethod
    def of_checkout(cls, checkout: Path) -> "Home":
        """
        Return the private folder of a checkout.

        It lies in the temporary folder: unix socket paths may have 100 characters only, checkouts can be anywhere.
        """
        if named := os.environ.get("REKNIT_HOME"):
            return cls(Path(named))
        short = hashlib.sha256(str(checkout.resolve()).encode()).hexdigest()[:10]
        return cls(Path(tempfile.gettempdir()) / f"reknit-{os.getuid()}-{short}")

    def open(self) -> None:
        """
        Create the folder, take its lock and end what an earlier run left behind.

        :raises StackFailed: when it cannot be written or another launcher uses it.
        """
        try:
            (self.path / "logs").mkdir(parents=True, exist_ok=True)
            # PostgreSQL refuses root, so its own user must be able to pass through.
            self.path.chmod(0o711)
            self._lock = (self.path / "lock").open("a+")
        except OSError as error:
            raise StackFailed(
                f"The folder {self.path} cannot be written ({error.strerror}); free some space or set REKNIT_HOME to another folder."
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise StackFailed(
                "Reknit already runs from this checkout; stop it with Ctrl-C there, or set REKNIT_HOME to run a second one."
            ) from None
        self._end_leftovers()

    def close(self) -> None:
        """Forget our processes and give the lock back."""
        (self.path / "processes.json").unlink(missing_ok=True)
        if self._lock:
            self._lock.close()

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self.path / "logs" / f"{name}.log"

    def mailbox(self, *, empty: bool) -> Path:
        """Return the folder where mails are kept instead of sent; a fresh story begins with an empty one."""
        folder = self.path / "mail"
        folder.mkdir(mode=0o700, exist_ok=True)
        for file in folder.glob("*.log") if empty else ():
            file.unlink()
        return folder

    def keys(self) -> dict[str, str]:
        """Return this folder's own secrets, made once: data encrypted by one run must be readable by the next."""
        file = self.path / "keys.json"
        if not file.exists():
            fresh = {
                "SECRET_KEY": secrets.token_urlsafe(50),
                "REKNIT_ENCRYPTION_KEYS": f"demo:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            }
            file.touch(mode=0o600)
            file.write_text(json.dumps(fresh))
        found: dict[str, str] = json.loads(file.read_text())
        return found

    def remember(self, pids: dict[str, int]) -> None:
        """Write down which processes are ours; a process is known by its id and its start."""
        rows = [
            {"name": name, "pid": pid, "started": psutil.Process(pid).create_time()}
            for name, pid in pids.items()
            if psutil.pid_exists(pid)
        ]
        (self.path / "processes.json").write_text(json.dumps(rows))

    def _end_leftovers(self) -> None:
        file = self.path / "processes.json"
        try:
            rows = json.loads(file.read_text())
        except (OSError, ValueError):
            return
        for row in rows:
            try:
                same = psutil.Process(row["pid"]).create_time() == row["started"]
                if same:
                    os.killpg(row["pid"], signal.SIGKILL)
            except (psutil.NoSuchProcess, ProcessLookupError, PermissionError):
                continue
        file.unlink(missing_ok=True)
