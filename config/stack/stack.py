"""The supervisor: starts everything in order, restarts what dies, and leaves nothing running."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

import psycopg

from config.stack import ports
from config.stack.home import Home, StackFailed
from config.stack.processes import Process, SimulatorProcess, python
from config.stack.servers import Postgres, Valkey

ROOT = Path(__file__).resolve().parents[2]
WATCH_EVERY = 0.5
MOST_RESTARTS = 20


class Stack:
    """A running house. Use it as a context manager."""

    def __init__(self, *, extra: Mapping[str, str] | None = None, fresh: bool = False) -> None:
        self.home = Home.of_checkout(ROOT)
        self.environment: dict[str, str] = dict(extra or {})
        self.processes: dict[str, Process] = {}
        self._fresh = fresh
        self._stopping = threading.Event()
        self._postgres = Postgres(self.home.path / "postgres")
        self._valkey = Valkey(self.home.path, self.home.log("valkey"))
        self._watcher: threading.Thread | None = None
        self._port: ports.Port | None = None
        self._watched: list[ports.Port] = []  # where workers show their metrics

    def __enter__(self) -> Self:
        self.home.open()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where people find the site."""
        return self.environment["REKNIT_PUBLIC_URL"]

    @property
    def simulator_url(self) -> str:
        """Where the simulator is controlled."""
        return self.environment["REKNIT_SIMULATOR_URL"]

    def manage(self, *arguments: str) -> str:
        """
        Run a management command in the stack's environment and return what it printed.

        :raises StackFailed: with its last words when it fails.
        """
        done = subprocess.run(  # noqa: S603 - our own program
            python("manage.py", *arguments),
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackFailed(f"`manage.py {arguments[0]}` failed.\n{done.stderr[-1500:]}")
        return done.stdout

    def kill(self, name: str) -> None:
        """SIGKILL a process and its children; the supervisor starts it again, however often it is killed on purpose."""
        self.processes[name].restarts = 0
        self.processes[name].kill()

    def freeze(self, name: str) -> None:
        """SIGSTOP a process and its children: the machine stands still for them."""
        self.processes[name].signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let a frozen process go on."""
        self.processes[name].signal(signal.SIGCONT)

    def crash_postgres(self) -> None:
        """End PostgreSQL as a power cut would, and start it again: it recovers from its log."""
        self._postgres.crash()

    def restart_valkey(self) -> None:
        """Kill the Redis-protocol server, which forgets everything, and start an empty one."""
        self._valkey.kill()
        self._valkey.start()
        self._remember()

    def stop(self) -> None:
        """Stop everything that was started, last first; an impatient second Ctrl-C must not leave half of it running."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._stopping.set()
        if self._watcher:
            self._watcher.join(timeout=5)
        for name in ("beat", "worker-bulk", "worker-control", "worker-engine", "web", "simulator"):
            if name in self.processes:
                self.processes[name].stop(within=15)
        self._valkey.stop()
        self._postgres.stop()
        for port in [*([self._port] if self._port else []), *self._watched]:
            port.give_back()
        self.home.close()

    def _start(self) -> None:
        self.environment |= self.home.keys()
        self.environment["DATABASE_URL"] = os.environ.get("DATABASE_URL") or self._postgres.start()
        self.environment["REDIS_URL"] = os.environ.get("REDIS_URL") or self._valkey.start()
        self._port = ports.reserve()
        port = self._port.number
        self._watched = ports.some(3)
        self.environment["REKNIT_METRICS_FOLDER"] = str(self.home.path / "metrics")
        self.environment |= {"REKNIT_PUBLIC_URL": f"http://127.0.0.1:{port}", "PYTHONUNBUFFERED": "1"}
        if not os.environ.get("REKNIT_EMAIL_HOST"):
            self.environment["REKNIT_EMAIL_FOLDER"] = str(self.home.mailbox(empty=self._fresh))
        self._start_simulator()
        if self._fresh:
            self._forget_everything()
        self.manage("migrate", "--no-input")
        self._start_ours(port)
        self._wait_for_web()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def _forget_everything(self) -> None:
        try:
            with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as server:
                server.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        except psycopg.Error as error:
            raise StackFailed(f"The database could not be emptied: {error}") from None

    def _start_simulator(self) -> None:
        data = self.home.path / "simulator"
        command = python("-m", "apps.simulator", "--data", str(data))
        simulator = SimulatorProcess("simulator", command, self.home.log("simulator"), {})
        self.processes["simulator"] = simulator
        self.environment |= simulator.start_and_read()

    def _start_ours(self, port: int) -> None:
        celery = ("-m", "celery", "-A", "config", "--quiet")
        worker = (*celery, "worker", "--loglevel", "info", "--without-gossip", "--without-mingle")
        programs: dict[str, tuple[list[str], dict[str, str]]] = {
            "web": (
                python(
                    "-m",
                    "granian",
                    "--interface",
                    "wsgi",
                    "--host",
                    "127.0.0.1",
                    "--port",
                    str(port),
                    "--blocking-threads",
                    "4",
                    "--no-ws",
                    "--log-level",
                    "warning",
                    "config.wsgi:application",
                ),
                {},
            ),
            "worker-engine": (
                python(*worker, "-Q", "engine", "-c", "2", "-n", "engine@%h"),
                self._worker("engine"),
            ),
            "worker-control": (
                python(*worker, "-Q", "control", "-c", "1", "-n", "control@%h"),
                self._worker("control"),
            ),
            "worker-bulk": (
                python(*worker, "-Q", "bulk", "-c", "3", "-n", "bulk@%h"),
                self._worker("bulk"),
            ),
            "beat": (python(*celery, "beat", "--loglevel", "warning", "--pidfile="), {}),
        }
        for name, (command, more) in programs.items():
            process = Process(name, command, self.home.log(name), {**self.environment, **more})
            process.log.write_bytes(b"")
            process.start()
            self.processes[name] = process
        self._remember()

    def _worker(self, sort: str) -> dict[str, str]:
        port = self._watched[("engine", "control", "bulk").index(sort)]
        return {"REKNIT_WORKER": sort, "REKNIT_METRICS_PORT": str(port.number)}

    def _remember(self) -> None:
        pids = {name: process.pid for name, process in self.processes.items() if process.alive()}
        if self._valkey.process:
            pids["valkey"] = self._valkey.process.pid
        self.home.remember(pids)

    def _wait_for_web(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if not self.processes["web"].alive():
                break
            try:
                with urlopen(f"{self.url}/healthz", timeout=2):  # noqa: S310 - our own loopback address
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        raise StackFailed(f"The web process did not start.\n{self.processes['web'].last_words()}")

    def _watch(self) -> None:
        """Start again what died without being asked to."""
        while not self._stopping.wait(WATCH_EVERY):
            for process in self.processes.values():
                if process.alive() or process.name == "simulator" or process.restarts >= MOST_RESTARTS:
                    continue
                process.restarts += 1
                process.start()
                self._remember()
