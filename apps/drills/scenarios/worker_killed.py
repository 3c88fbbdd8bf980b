"""A worker dies with calls under way; whoever runs the drill kills it (`make drills`), once they are."""

from apps.connections.models import Connection
from apps.connections.stage import StageTokens
from apps.drills import desk
from apps.drills.models import DrillRun
from apps.drills.scenarios import seen
from apps.drills.scenarios.base import EVER, Scenario, commit_of, fault

SECONDS = 3  # long enough to die in; the stage publishes all the same


def _spoil(run: DrillRun, connection: Connection, _tokens: StageTokens) -> None:
    order = fault(run, connection, "slow", operation=commit_of(connection), times=EVER, seconds=SECONDS)
    desk.mend(order["label"])
    desk.order([order])


SCENARIO = Scenario("A worker is killed during its calls.", _spoil, seen.doubted, by_the_clock=True)
