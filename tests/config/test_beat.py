"""Beat goes on when its machine's clock is put right."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from config.beat import Scheduler
from config.celery import app

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
AHEAD = timedelta(hours=2)
OFTEN = {"jobs.pump", "jobs.sweep", "events.follow", "webhooks.read", "recovery.watch"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beat tends its connections; the test's own stays."""
    monkeypatch.setattr("django_celery_beat.schedulers.close_old_connections", lambda: None)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW + AHEAD, tick=False) as traveller:
        yield traveller


class _Beat(Scheduler):
    """Remembers what it asks for instead of sending it."""

    def __init__(self) -> None:
        super().__init__(app=app)
        self._finalize.cancel()  # it would save its rows when the tests have ended
        self.asked: set[str] = set()

    def apply_entry(self, entry: object, producer: object = None) -> None:
        self.asked.add(entry.name)  # type: ignore[attr-defined]


def tick_for(made: _Beat, clock: time_machine.Traveller, seconds: int) -> set[str]:
    """Let it tick for so many seconds of its machine's clock, and return what it asked for."""
    made.asked = set()
    for _ in range(seconds):
        while made.tick() == 0:
            pass
        clock.shift(1)
    return made.asked


def test_a_clock_that_is_put_right_stops_nothing(clock: time_machine.Traveller) -> None:
    made = _Beat()
    assert tick_for(made, clock, 10) >= OFTEN

    clock.move_to(NOW)

    assert tick_for(made, clock, 10) >= OFTEN


def test_what_ran_in_the_future_is_due_again_after_its_interval(clock: time_machine.Traveller) -> None:
    before = _Beat()
    tick_for(before, clock, 10)
    before.sync()

    clock.move_to(NOW)

    assert tick_for(_Beat(), clock, 10) >= OFTEN
