"""The short form of `make faults`: real processes die, the ledger judges, and without the mechanism it notices."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.whole import WHOLE

ROOT = Path(__file__).parents[2]

LONG = pytest.mark.skipif(not WHOLE, reason="a minute each: make test WHOLE=1")


@pytest.fixture
def home() -> Iterator[Path]:
    """A private folder with a short name: unix sockets allow no long ones."""
    folder = Path(tempfile.mkdtemp(prefix="rk-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def campaign(name: str, home: Path, *, jobs: int, **switches: str) -> tuple[int, list[dict[str, Any]]]:
    """Run a campaign in an environment of its own; return its exit status and rows."""
    foreign = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_", "REKNIT_", "PYTEST", "COV_")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    report = home / "report.json"
    options = ["--only", name, "--jobs", str(jobs), "--seed", "7", "--strike", "15", "--json", str(report)]
    switches = {"REKNIT_SPEED": "120", **switches}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.campaign", *options],
        cwd=ROOT,
        env={**clean, "REKNIT_HOME": str(home), **switches},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    print(done.stdout)  # noqa: T201 - shown when the test fails
    assert report.exists(), done.stdout[-1500:] + done.stderr[-1500:]
    return done.returncode, json.loads(report.read_text())


def test_workers_that_are_killed_lose_nothing_and_double_nothing(home: Path) -> None:
    status, rows = campaign("workers", home, jobs=120)

    assert (status, [row for row in rows if not row["holds"]]) == (0, [])
    assert sum(row["unknown"] for row in rows) > 0
    assert max(row["recovery_max_s"] for row in rows) > 0


@LONG
def test_a_worker_that_is_asked_to_stop_does_so_in_time_and_is_not_taken_for_dead(home: Path) -> None:
    status, rows = campaign("rolling", home, jobs=30)

    (house,) = [row for row in rows if row["platform"] == "the house"]
    assert (status, house["broken"], 0 < house["recovery_max_s"] <= 30) == (0, 0, True)


@LONG
def test_without_looking_first_the_same_partners_get_posts_twice(home: Path) -> None:
    status, rows = campaign("partners", home, jobs=60, REKNIT_VERIFY_BEFORE_RESEND="0")

    assert (status, sum(row["doubled"] for row in rows) > 0) == (1, True)
