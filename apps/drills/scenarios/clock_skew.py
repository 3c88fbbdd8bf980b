"""Our clock is hours ahead of the partner's, and answers are lost: what is there must be known for ours all the same."""

from apps.drills.scenarios import cut_socket
from apps.drills.scenarios.base import Scenario

SCENARIO = Scenario(
    "Our clock is wrong, and answers are lost.",
    cut_socket.SCENARIO.spoil,
    cut_socket.SCENARIO.seen,
    by_the_clock=True,
)
