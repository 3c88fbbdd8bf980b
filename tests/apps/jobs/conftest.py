"""A pump and a scripted partner."""

from collections.abc import Iterator

import pytest

from apps.jobs.pump import Pump
from tests import scripted


@pytest.fixture
def script() -> Iterator[scripted.Script]:
    """The scripted partner, with nothing on its mind."""
    scripted.plug()
    scripted.SCRIPT.__init__()  # type: ignore[misc]
    yield scripted.SCRIPT


@pytest.fixture
def pump(committed: None, script: scripted.Script) -> Iterator[Pump]:
    """A running pump."""
    machine = Pump("test")
    machine.start()
    yield machine
    machine.stop(within=10)
