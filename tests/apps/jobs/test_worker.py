"""A worker's process and its pump."""

from collections.abc import Iterator

import pytest
from django.db import OperationalError

from apps.core import memory
from apps.jobs import lease, worker
from apps.jobs.choices import JobState
from tests.make import make_job, make_tenant, reload
from tests.scripted import Script


@pytest.fixture
def process(committed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has not done anything yet."""
    monkeypatch.setattr(worker, "_pump", None)
    monkeypatch.setattr(memory, "spare_the_collector", lambda: None)
    yield
    worker.pump().stop()


def test_a_database_that_is_away_when_it_begins_is_asked_again_at_the_next_turn(
    process: None, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, _ = make_tenant()
    job = make_job(tenant)

    def away(_name: str) -> None:
        raise OperationalError("the database system is starting up")

    with monkeypatch.context() as crashed:
        crashed.setattr(lease, "register", away)
        with pytest.raises(OperationalError):
            worker.turn(5)

    worker.turn(5)

    assert reload(job).state == JobState.SUCCEEDED
