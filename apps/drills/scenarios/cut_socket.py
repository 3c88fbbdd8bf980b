"""Posts are taken, and the line is cut before anybody hears of it."""

from apps.connections.models import Connection
from apps.connections.stage import StageTokens
from apps.drills import desk
from apps.drills.models import DrillRun
from apps.drills.scenarios import seen
from apps.drills.scenarios.base import Scenario, commit_of, fault

CUTS = 3


def _spoil(run: DrillRun, connection: Connection, _tokens: StageTokens) -> None:
    order = fault(run, connection, "accept_then_cut", operation=commit_of(connection), times=CUTS)
    desk.mend(order["label"])
    desk.order([order])


SCENARIO = Scenario("Posts go out and their answers are lost.", _spoil, seen.doubted, by_the_clock=True)
