"""Everything that would publish is answered with 500, and nothing is published."""

from apps.connections.models import Connection
from apps.connections.stage import StageTokens
from apps.drills import desk
from apps.drills.models import DrillRun
from apps.drills.scenarios import seen
from apps.drills.scenarios.base import EVER, Scenario, commit_of, fault


def _spoil(run: DrillRun, connection: Connection, _tokens: StageTokens) -> None:
    order = fault(run, connection, "answer", operation=commit_of(connection), times=EVER, status=500)
    desk.mend(order["label"])
    desk.order([order])


# Five in a row open a breaker.
SCENARIO = Scenario(
    "The partner answers with errors of its own.", _spoil, seen.broken, posts=8, by_the_clock=True
)
