"""The doctor finds what is missing and says what to do; without beat and broker work goes on and somebody is told."""

import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client

from apps.core import clock
from apps.jobs import liveness, worker
from apps.jobs.models import Tick
from apps.jobs.pump import Pump
from config import doctor
from config.doctor import examine
from tests.receivers import Receiver, Say, serving

pytestmark = pytest.mark.django_db


def troubles() -> dict[str, str]:
    """Return what needs somebody, by name."""
    return {finding.name: finding.words for finding in examine() if not finding.well}


def tick(ago: timedelta = timedelta(0)) -> None:
    """Beat made something happen, and each sort of worker showed itself."""
    Tick.objects.create(name="jobs.sweep", at=clock.real_now() - ago)
    for sort in liveness.SORTS:
        liveness.show(sort)


def test_finds_a_lonely_installation_and_says_what_to_start() -> None:
    found = troubles()

    assert all(f"worker-{sort}" in found["workers"] for sort in ("engine", "control", "bulk"))
    assert "beat" in found["beat"]


def test_is_content_with_running_workers_and_beat() -> None:
    tick()

    assert {"workers", "beat", "database", "migrations", "clock", "encryption keys"}.isdisjoint(troubles())


@pytest.mark.parametrize("sort", ["engine", "control", "bulk"])
def test_names_the_worker_that_is_missing_and_what_waits(sort: str) -> None:
    tick()
    Tick.objects.filter(name=f"worker:{sort}").update(at=clock.real_now() - timedelta(minutes=2))

    words, ready = troubles()["workers"], Client().get("/readyz").json()

    assert words.count("Start `worker-") == 1
    assert f"Start `worker-{sort}` of the Procfile." in words
    assert (ready["status"], ready["missing"]) == ("degraded", [words])


def test_takes_a_worker_without_a_sort_for_the_engine(pump: Pump) -> None:
    assert "worker-engine" not in troubles()["workers"]


@pytest.mark.parametrize("sort", ["engine", "control", "bulk"])
def test_a_worker_shows_itself_by_its_sort(sort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKNIT_WORKER", sort)
    # One look and the worker ends.
    monkeypatch.setattr(worker, "_look", worker._ending.set)
    monkeypatch.setattr(worker, "BULK_EVERY", 0)
    monkeypatch.setattr(worker, "WATCH_EVERY", 0)

    monkeypatch.setattr(worker, "connection", Kept())
    worker.watch()
    worker._ending.clear()

    assert sort not in liveness.missing()


class Kept:
    """The test's own connection, which no worker may close."""

    def close(self) -> None:
        """Stay open."""


@pytest.mark.parametrize(
    "missing", ["SET LOCAL jit = on", "SET LOCAL idle_in_transaction_session_timeout = 0"]
)
def test_says_what_a_pooler_has_left_out(missing: str) -> None:
    connection.cursor().execute(missing)

    assert "Behind a pooler the role needs" in troubles()["database"]


def test_names_the_partners_that_nobody_can_connect_to(settings: Any) -> None:
    settings.PARTNER_CREDENTIALS = {**settings.PARTNER_CREDENTIALS, "TIKTOK_CLIENT_SECRET": ""}

    assert "REKNIT_TIKTOK_CLIENT_SECRET" in troubles()["partner credentials"]


def test_says_that_the_broker_is_gone(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    assert "Start Redis" in troubles()["broker"]


def _lose_a_migration(_patch: pytest.MonkeyPatch, _settings: Any) -> None:
    connection.cursor().execute("DELETE FROM django_migrations WHERE app = 'jobs'")


def _lose_the_database(patch: pytest.MonkeyPatch, _settings: Any) -> None:
    def cursor() -> None:
        raise OperationalError

    patch.setattr(doctor.connection, "cursor", cursor)


def _run_ahead(patch: pytest.MonkeyPatch, _settings: Any) -> None:
    patch.setattr(doctor.time, "time", lambda: clock.real_now().timestamp() + 60)


def _lose_the_keys(_patch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = []


def _fill_the_disk(patch: pytest.MonkeyPatch, _settings: Any) -> None:
    patch.setattr(doctor.shutil, "disk_usage", lambda _path: SimpleNamespace(free=5 * 1024**2))


def _lead_nowhere(_patch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.PUBLIC_URL = "https://127.0.0.1:1"


@pytest.mark.parametrize(
    ("name", "destroy", "words"),
    [
        ("settings", lambda *_: None, "REKNIT_TIME_TRAVEL is on"),  # as it is in tests
        ("database", _lose_the_database, "Start PostgreSQL"),
        ("migrations", _lose_a_migration, "Run `manage.py migrate`"),
        ("clock", _run_ahead, "60 s away from the database's"),
        ("encryption keys", _lose_the_keys, "Set REKNIT_ENCRYPTION_KEYS"),
        ("webhook reachability", _lead_nowhere, "Connection refused"),
        ("disk", _fill_the_disk, "Only 5 MB of disk are free"),
    ],
)
def test_finds_what_is_broken_and_says_what_to_do(
    name: str, destroy: Any, words: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    destroy(monkeypatch, settings)

    found = troubles()
    monkeypatch.undo()

    assert words in found[name]


def test_reaches_the_house_by_the_address_that_partners_know(settings: Any) -> None:
    with serving(Receiver()) as house:
        house.otherwise = Say(body=b'{"status": "ok"}')
        settings.PUBLIC_URL = house.url.removesuffix("/hooks")

        assert "webhook reachability" not in troubles()


def test_ends_with_status_1_when_somebody_must_look() -> None:
    out = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=out)

    assert ended.value.code == 1
    assert "look workers" in out.getvalue()


@pytest.mark.parametrize(
    ("ago", "beat", "status"), [(timedelta(0), "ok", "ok"), (timedelta(minutes=2), "late", "degraded")]
)
def test_readiness_says_when_beat_is_late(ago: timedelta, beat: str, status: str) -> None:
    tick(ago)

    answer = Client().get("/readyz").json()

    assert (answer["beat"], answer["status"], answer["worker"]) == (beat, status, "ok")
