"""The control worker does its chores also when nobody sends it tasks."""

import threading

import pytest

from apps.events.models import Cursor
from apps.events.subscribers import SUBSCRIBERS
from apps.jobs import chores, worker


class _TwoRounds(threading.Event):
    """Ends the watch after its second look."""

    looks = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.looks += 1
        return self.looks > 2


def test_without_beat_and_broker_the_watchdog_follows_the_log(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REKNIT_WORKER", "control")
    monkeypatch.setattr(worker, "_ending", _TwoRounds())

    worker.watch()

    assert set(Cursor.objects.values_list("name", flat=True)) == set(SUBSCRIBERS.names())


def test_following_and_telling_are_chores() -> None:
    assert {"events.follow", "recovery.prompts"} <= set(chores.CHORES.names())
