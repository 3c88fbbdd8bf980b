"""The processes beside which both sides of a benchmark run: the partner, and the broker."""

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from config.stack.servers import Valkey, die_with_parent

LATENCY = 0.5  # seconds that a slow account takes
ROOT = Path(__file__).resolve().parents[2]
OURS = ("-m", "tests.bench.ours")
PEER = (
    *("-m", "celery", "-A", "tests.bench.peer.app", "--quiet", "worker", "-Q", "idle", "-n", "peer@bench"),
    *("--concurrency", str(os.cpu_count())),
)


def start_partner() -> None:
    """Start the partner and point the settings at it; call it before Django is set up."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.partner", str(LATENCY)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=die_with_parent,
    )
    atexit.register(process.kill)
    assert process.stdout
    os.environ["REKNIT_META_GRAPH_URL"] = f"http://127.0.0.1:{process.stdout.readline().strip()}"
    os.environ["REKNIT_META_CLIENT_SECRET"] = "bench"


def start_broker() -> None:
    """Start a Valkey and point the settings at it."""
    folder = Path(tempfile.mkdtemp(prefix="reknit-bench-"))
    valkey = Valkey(folder, folder / "valkey.log")
    os.environ["REDIS_URL"] = valkey.start()
    atexit.register(lambda: shutil.rmtree(folder, ignore_errors=True))
    atexit.register(valkey.stop)


def posts() -> int:
    """Return how many posts the partner has accepted."""
    return _asked("posts")


def open_calls() -> int:
    """Return how many calls the partner has not answered yet."""
    return _asked("open")


def _asked(what: str) -> int:
    with urlopen(f"{os.environ['REKNIT_META_GRAPH_URL']}/{what}-0/now", timeout=10) as answer:
        return int(answer.read())


def wait(condition: Callable[[], bool], *, within: float = 300, every: float = 0.05) -> None:
    """
    Wait until it is so.

    :raises TimeoutError: when it does not come to that.
    """
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("It did not come to that.")
        time.sleep(every)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Side:
    """One side's process group, which ends with the `with`."""

    def __init__(self, *command: str, **environment: str) -> None:
        self._command = command
        self._environment = environment

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, *self._command],
            cwd=ROOT,
            env={**os.environ, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=die_with_parent,
        )
        return self

    def ready(self) -> None:
        """Wait until it has written a line."""
        assert self.process.stdout
        self.process.stdout.readline()

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=10)
        self.process.kill()
        self.process.wait()
