"""What every test may use."""

import gc
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from apps.core import clock
from apps.jobs.claim import Part
from apps.jobs.pump import Pump
from tests import embedded, migrated, scripted, wiping
from tests.simulator import Simulator


def pytest_configure() -> None:
    """Take what costs a test most: a million rounds for each password, and reading all static files for each client."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True  # looks for a file when it is asked for
    gc.disable()  # nothing of what is collected is garbage


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: the garbage collector need not look through it during each test."""
    gc.collect()
    gc.freeze()
    gc.enable()


_SLOWEST_FIRST = (
    "test_campaign",
    "test_interleavings",
    "test_model",
    "test_race",
    "test_matrix",
    "test_formats",
    "test_incident_messages",
    "test_roles",
    "test_revoked",
    "test_incidents",
)
_LONGEST_WALKS = ("test_reconnect", "test_policies")


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: each waits for its database and partners for half of the time."""
    return (os.cpu_count() or 1) + 1


_CROSSED = ("test_formats", "test_scoping_matrix", "test_incidents", "test_incident_messages")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    What takes longest begins first, so that no process waits for the other; browsers come last.

    Playwright leaves an event loop running in its thread: nothing but browser tests may follow there. What crosses
    everything with everything is not traced: line by line it would take three times as long, and adds no line.
    """
    items.sort(key=_place)
    for item in items:
        if {"e2e", "faults"} & set(item.path.parts) or item.path.stem in _CROSSED:
            item.add_marker(pytest.mark.no_cover)


def _place(item: pytest.Item) -> int:
    if "e2e" in item.path.parts:
        return len(_SLOWEST_FIRST) + (1 if item.path.stem in _LONGEST_WALKS else 2)
    return _SLOWEST_FIRST.index(item.path.stem) if item.path.stem in _SLOWEST_FIRST else len(_SLOWEST_FIRST)


def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """
    Begin with the database that the workers will copy; they collect meanwhile.

    :raises pytest.UsageError: for a path that is not there; the workers would not say so.
    """
    for said in config.args:
        path = said.partition("::")[0]
        if not (config.invocation_params.dir / path).exists():
            raise pytest.UsageError(f"There is no {path}.")
    if embedded.own_postgres:
        migrated.begin()


def pytest_unconfigure() -> None:
    """What is still being made for the workers ends before the server does."""
    migrated.end()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """One database for each worker of the suite: a copy, where there is something to copy."""
    if migrated.WANTED in os.environ:
        settings.DATABASES["default"]["TEST"].update(TEMPLATE=migrated.database(), MIGRATE=False)


# The log's triggers against TRUNCATE: of the table and of each partition.
_GUARDS = """
SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgfoid = 'events_refuse'::regproc AND tgtype & 32 > 0
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Time can be moved in the test database, and Django's flush may empty the event log (its refusal has a test)."""
    with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
        cursor.execute(_GUARDS)
        for table, trigger in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        wiper = wiping.plug()
    yield
    wiper.close()


@pytest.fixture
def at() -> datetime:
    """A fixed moment for tests that need no database."""
    return datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """For tests with threads and processes: rows are really committed and wiped afterwards."""
    yield
    clock.reset()
    connections.close_all()


@pytest.fixture(scope="session")
def running_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """One simulator for each worker of the suite."""
    simulator = Simulator(tmp_path_factory.mktemp("simulator"))
    yield simulator
    simulator.stop()


@pytest.fixture
def simulator(running_simulator: Simulator, settings: Any) -> Simulator:
    """An empty simulator; the settings point at it."""
    running_simulator.post("reset")
    settings.PARTNER_URLS = {**settings.PARTNER_URLS, **running_simulator.urls}
    settings.PARTNER_CREDENTIALS = {**settings.PARTNER_CREDENTIALS, **running_simulator.settings}
    return running_simulator


@pytest.fixture
def script() -> scripted.Script:
    """The scripted partner, with nothing on its mind."""
    scripted.plug()
    scripted.SCRIPT.__init__()  # type: ignore[misc]
    return scripted.SCRIPT


@pytest.fixture
def pump(committed: None, script: scripted.Script) -> Iterator[Pump]:
    """A running pump that takes the bulk worker's lanes as well."""
    machine = Pump("test", parts=[Part.ENGINE, Part.SOLO])
    machine.start()
    yield machine
    machine.stop(within=10)


class _Pictures(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        kinds = {"png": "image/png", "mp4": "video/mp4"}
        self.send_header("Content-Type", kinds.get(self.path.rpartition(".")[2], "image/jpeg"))
        self.end_headers()
        self.wfile.write(b"picture")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="session")
def picture_server() -> Iterator[str]:
    """A server that partners can fetch pictures from."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pictures)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
