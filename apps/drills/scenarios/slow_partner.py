"""Each answer takes its time, well within what a call may take."""

from apps.connections.models import Connection
from apps.connections.stage import StageTokens
from apps.drills import desk
from apps.drills.models import DrillRun
from apps.drills.scenarios import seen
from apps.drills.scenarios.base import EVER, Scenario, fault

SECONDS = seen.SLOW / 1000 + 1


def _spoil(run: DrillRun, connection: Connection, _tokens: StageTokens) -> None:
    order = fault(run, connection, "slow", times=EVER, seconds=SECONDS)
    desk.mend(order["label"])
    desk.order([order])


SCENARIO = Scenario("The partner takes its time.", _spoil, seen.slow, posts=4, by_the_clock=True)
