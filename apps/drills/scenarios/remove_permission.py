"""The token lives, and may no longer publish."""

from apps.connections.connectors.registry import connector_for
from apps.connections.models import Connection
from apps.connections.stage import StageTokens
from apps.drills import desk
from apps.drills.models import DrillRun
from apps.drills.scenarios import seen
from apps.drills.scenarios.base import Scenario


def _spoil(_run: DrillRun, connection: Connection, tokens: StageTokens) -> None:
    able = connector_for(connection.platform).capabilities
    needed = {
        scope for (kind, _), one in able.items() if kind == connection.account_type for scope in one.scopes
    }
    # Instagram's own login calls the same permission otherwise.
    named = {*needed, *(scope.replace("instagram_", "instagram_business_", 1) for scope in needed)}
    desk.take_scopes([tokens.access, tokens.own], platform=connection.platform, scopes=sorted(named))


SCENARIO = Scenario("Somebody takes the permission to publish away.", _spoil, seen.stopped)
