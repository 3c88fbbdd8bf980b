"""Messages that waited while no worker was there, or that come from a machine with another clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import current_app
from django.utils.module_loading import autodiscover_modules

from apps.core import broker
from config import errands
from config.celery import app

autodiscover_modules("tasks")


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is run of jobs.prune, which beat asks for each minute."""
    found: list[str] = []
    monkeypatch.setattr(app.tasks["jobs.prune"], "run", lambda: found.append("pruned"))
    monkeypatch.setattr(errands, "_began", {})
    return found


@pytest.fixture
def queue() -> Iterator[Any]:
    """A queue that nobody reads."""
    with current_app.producer_or_acquire() as producer:
        waiting = producer.channel
        waiting.queue_purge("engine")
        yield waiting
        waiting.queue_purge("engine")


@contextmanager
def asked_by_beat(name: str) -> Iterator[None]:
    task = app.tasks[name]
    task.push_request(periodic_task_name=name)
    try:
        yield
    finally:
        task.pop_request()


def waiting(queue: Any) -> int:
    return int(queue.queue_declare("engine").message_count)


def test_what_beat_asked_for_three_times_while_nobody_was_there_is_done_once(runs: list[str]) -> None:
    for _ in range(3):
        with asked_by_beat("jobs.prune"):
            app.tasks["jobs.prune"]()

    assert runs == ["pruned"]


def test_it_is_done_again_when_its_time_has_come(runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 60.0])
    monkeypatch.setattr(errands.time, "monotonic", lambda: next(seconds))

    for _ in range(2):
        with asked_by_beat("jobs.prune"):
            app.tasks["jobs.prune"]()

    assert runs == ["pruned", "pruned"]


def test_what_somebody_else_asked_for_is_always_done(runs: list[str]) -> None:
    for _ in range(2):
        app.tasks["jobs.prune"]()

    assert runs == ["pruned", "pruned"]


def test_workers_that_are_behind_are_not_told_again(queue: Any) -> None:
    for _ in range(broker.ENOUGH + 5):
        broker.tell("jobs.pump", "engine")

    assert waiting(queue) == broker.ENOUGH


def test_no_message_says_when_it_is_over(queue: Any) -> None:
    broker.tell("jobs.pump", "engine")

    message = queue.basic_get("engine", no_ack=True)

    assert message.headers["expires"] is None
    assert [name for name, task in app.tasks.items() if getattr(task, "expires", None)] == []
    assert [name for name, entry in app.conf.beat_schedule.items() if "options" in entry] == []
