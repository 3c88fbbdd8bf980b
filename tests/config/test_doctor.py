"""The doctor finds what is missing and says what to do; without beat and broker work goes on and somebody is told."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from apps.core import clock
from apps.jobs.models import Tick
from apps.jobs.pump import Pump
from config.doctor import examine

pytestmark = pytest.mark.django_db


def troubles() -> dict[str, str]:
    """Return what needs somebody, by name."""
    return {finding.name: finding.words for finding in examine() if not finding.well}


def tick(ago: timedelta = timedelta(0)) -> None:
    """Beat made something happen."""
    Tick.objects.create(name="jobs.sweep", at=clock.real_now() - ago)


def test_finds_a_lonely_installation_and_says_what_to_start() -> None:
    found = troubles()

    assert "worker-engine" in found["workers"]
    assert "beat" in found["beat"]


def test_is_content_with_a_running_worker_and_beat(pump: Pump) -> None:
    tick()

    assert {"workers", "beat", "database", "migrations", "clock", "encryption keys"}.isdisjoint(troubles())


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


def test_ends_with_status_1_when_somebody_must_look() -> None:
    out = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=out)

    assert ended.value.code == 1
    assert "look workers" in out.getvalue()


@pytest.mark.parametrize(
    ("ago", "beat", "status"), [(timedelta(0), "ok", "ok"), (timedelta(minutes=2), "late", "degraded")]
)
def test_readiness_says_when_beat_is_late(ago: timedelta, beat: str, status: str, pump: Pump) -> None:
    tick(ago)

    answer = Client().get("/readyz").json()

    assert (answer["beat"], answer["status"], answer["worker"]) == (beat, status, "ok")
