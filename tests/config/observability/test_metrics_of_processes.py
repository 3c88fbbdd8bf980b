"""Several processes count together, and what is dead goes on counting in its successor."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from apps.connections.models import Connection
from apps.jobs.models import Job
from config.stack import ports
from tests.following import until
from tests.make import make_connection, make_publish, make_tenant
from tests.processes import environment
from tests.simulator import Simulator

CELERY = ("-m", "celery", "-A", "config", "--quiet", "worker", "-Q", "engine", "-c", "2", "-P", "prefork")


@contextmanager
def worker(port: int, folder: Path) -> Iterator[None]:
    """A worker of the engine with two processes and a port of its own; killed with them at the end."""
    more = {
        "REKNIT_WORKER": "engine",
        "REKNIT_METRICS_PORT": str(port),
        "REKNIT_METRICS_FOLDER": str(folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    started = subprocess.Popen(
        [sys.executable, *CELERY], env=environment(**more), stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait(timeout=10)


def published(port: int) -> float:
    """What the worker's port says of posts that went out; -1 while nobody answers there."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
    except (URLError, OSError):
        return -1
    mine = [
        line for line in lines if line.startswith("connector_publish_total") and 'outcome="success"' in line
    ]
    return sum(float(line.rsplit(" ", 1)[-1]) for line in mine)


def post(connection: Connection, words: str) -> None:
    """Publish, and wait until the engine has done it."""
    make_publish(connection, words)
    until(lambda: not Job.objects.across_tenants().exclude(state="succeeded").exists())


def test_counts_of_all_processes_are_one_and_outlive_them(
    committed: None, simulator: Simulator, tmp_path: Path
) -> None:
    tenant, _ = make_tenant()
    connection = make_connection(tenant, simulator.account("meta", "page"))
    port = ports.reserve()

    with worker(port.number, tmp_path):
        until(lambda: published(port.number) == 0)
        post(connection, "One")
        until(lambda: published(port.number) == 1)
    with worker(port.number, tmp_path):
        until(lambda: published(port.number) == 1)
        post(connection, "Two")
        until(lambda: published(port.number) == 2)

    port.give_back()
    assert len(simulator.ledger()) == 2
