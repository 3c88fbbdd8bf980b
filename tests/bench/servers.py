"""The processes beside which both sides of a benchmark run: the partner, and the broker."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from config.stack.servers import Valkey, die_with_parent

LATENCY = 0.5  # seconds that a slow account takes
ROOT = Path(__file__).resolve().parents[2]


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
    with urlopen(f"{os.environ['REKNIT_META_GRAPH_URL']}/count-0/now", timeout=5) as answer:
        return int(answer.read())


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
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
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
            self.process.wait(timeout=20)
        self.process.kill()
        self.process.wait()
