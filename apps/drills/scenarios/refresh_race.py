"""Access has ended, what renews it works once, and many want it renewed at once; whoever runs the drill brings them."""

from apps.connections.models import Connection
from apps.connections.stage import StageTokens
from apps.drills import desk
from apps.drills.models import DrillRun
from apps.drills.scenarios import seen
from apps.drills.scenarios.base import Findings, Scenario, fault

SECONDS = 2  # that a renewal takes: time enough for a second one to begin


def _spoil(run: DrillRun, connection: Connection, tokens: StageTokens) -> None:
    desk.end_tokens([tokens.access, tokens.own], mode="expired")
    # A partner's token address knows no account before it has looked at the token.
    order = {**fault(run, connection, "slow", operation="refresh", seconds=SECONDS, times=1), "account": ""}
    desk.mend(order["label"])
    desk.order([order])


def _look(run: DrillRun) -> Findings:
    platform = Connection.objects.for_tenant(run.tenant_id).get(pk=run.connections[0]).platform
    count = desk.renewals(platform, since=run.started_at or run.asked_at)
    return Findings({"renewals": count}, [] if count == 1 else [f"its access was renewed {count} times"])


SCENARIO = Scenario("Many processes want the same access renewed at once.", _spoil, seen.renewed, look=_look)
