"""The account may be called so many times a minute, and is told so when it calls more often."""

from typing import Any

from apps.connections.models import Connection
from apps.connections.stage import StageTokens
from apps.drills import desk
from apps.drills.models import DrillRun
from apps.drills.scenarios import seen
from apps.drills.scenarios.base import EVER, Scenario, commit_of, fault

# How each partner says it; Meta has no 429 for pages.
_SAID: dict[str, dict[str, Any]] = {
    "meta": {
        "status": 400,
        "body": {"error": {"message": "limit reached", "type": "OAuthException", "code": 80001}},
    },
    "tiktok": {
        "status": 429,
        "body": {"data": {}, "error": {"code": "rate_limit_exceeded", "message": "Slow down", "log_id": "1"}},
    },
}
_OTHERS: dict[str, Any] = {"status": 429, "body": {"status": 429, "message": "Too many requests"}}


def _spoil(run: DrillRun, connection: Connection, _tokens: StageTokens) -> None:
    said = _SAID.get(connection.platform, _OTHERS)
    more = {"operation": commit_of(connection), "times": EVER, "per_minute": run.rate, **said}
    order = fault(run, connection, "limit", **more)
    desk.mend(order["label"])
    desk.order([order])


SCENARIO = Scenario(
    "The partner lets us call it less often.", _spoil, seen.throttled, posts=12, by_the_clock=True
)
