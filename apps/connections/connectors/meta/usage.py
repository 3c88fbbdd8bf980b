"""What Meta says of its limits beside every answer: in percent, three numbers each, of which the largest counts.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from apps.connections.connectors.interface import AccountFacts, Answer
from apps.errors.classification import Scope
from apps.errors.outcome import Usage

_NUMBERS = ("call_count", "total_cputime", "total_time")
LONGEST = timedelta(days=1)  # what is said to come back later than that is asked about again


def read(account: AccountFacts, answer: Answer) -> tuple[Usage, ...]:
    """Return how much of our app's limit and of this account's is gone; what cannot be read says nothing."""
    app = _object(answer.headers.get("x-app-usage", ""))
    cases = _object(answer.headers.get("x-business-use-case-usage", "")).get(account.external_id)
    rows = [row for row in cases if isinstance(row, dict)] if isinstance(cases, list) else []
    return (*_usage(Scope.APP, [app]), *_usage(Scope.CONNECTION, rows))


def _usage(scope: Scope, rows: Iterable[Mapping[str, Any]]) -> tuple[Usage, ...]:
    gone = [_gone(row) for row in rows if any(name in row for name in _NUMBERS)]
    if not gone:
        return ()
    minutes = max((_number(row.get("estimated_time_to_regain_access")) for row in rows), default=0.0)
    return (Usage(scope, max(gone), regain=min(minutes * 60, LONGEST.total_seconds()) or None),)


def _gone(row: Mapping[str, Any]) -> float:
    return max(_number(row.get(name)) for name in _NUMBERS) / 100


def _number(value: object) -> float:
    """Return what can be a number of calls, percent or minutes; JSON has numbers that are none of these."""
    said = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9  # noqa: PLR2004
    return float(value) if said else 0.0  # type: ignore[arg-type]


def _object(text: str) -> Mapping[str, Any]:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
