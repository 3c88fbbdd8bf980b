"""Access ended an hour ago, and what would renew it is dead as well, unless the drill says that a renewal works."""

from datetime import datetime

from apps.connections.models import Connection
from apps.connections.stage import StageTokens
from apps.drills import desk
from apps.drills.models import DrillRun
from apps.drills.scenarios import seen
from apps.drills.scenarios.base import Scenario


def _spoil(run: DrillRun, _connection: Connection, tokens: StageTokens) -> None:
    dead = [tokens.access, tokens.own]
    desk.end_tokens(dead if run.refresh_works else [*dead, tokens.refresh], mode="expired")


def _seen(run: DrillRun) -> datetime | None:
    return seen.renewed(run) if run.refresh_works else seen.stopped(run)


SCENARIO = Scenario("The access of the account ends, as if its time were over.", _spoil, _seen)
