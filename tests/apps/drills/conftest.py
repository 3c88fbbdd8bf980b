"""Where drills are played in tests."""

from typing import Any

import pytest

from apps.jobs.pump import Pump
from tests.drilling import set_up_stage
from tests.simulator import Simulator


@pytest.fixture
def stage(pump: Pump, simulator: Simulator, settings: Any) -> Simulator:
    """The simulator's stage; Acme may drill."""
    return set_up_stage(simulator, settings)
