"""How the engine stands, looked up when somebody asks: a fixed number of reads, each by an index that knows few rows."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from prometheus_client.metrics_core import Metric

from apps.core import clock, metrics
from apps.jobs import buckets

DEPTH = metrics.gauge(
    "queue_depth",
    "Jobs that have not ended, up to 100,000 of a state. `scheduled` ones are not due yet; `queued` ones are, and wait.",
    "platform",
    "state",
)
HELD = metrics.gauge("lanes_held", "Lanes that a hold keeps from starting, by the sort of hold.", "reason")
BREAKERS = metrics.gauge("breaker_open", "Lanes whose breaker is open.", "platform")
LETTERS = metrics.gauge("dead_letters_open", "Dead letters that nobody has put aside.", "platform", "code")
OLDEST = metrics.gauge("dead_letter_oldest_seconds", "How long the oldest of them has waited for a person.")
LAG = metrics.gauge(
    "event_feed_lag_seconds", "How long the oldest open write has kept readers of the event log waiting."
)
QUOTA = metrics.gauge(
    "api_quota_used_ratio",
    "How much of what a partner allows our whole app is used just now, by what is counted; 1 is all of it.",
    "source",
    "api",
)

# Counted up to here: a backlog of millions must not make the gauge that tells of it too slow to be read.
MOST = 100_000
_DEPTH = """
SELECT platform, state, count(*) FROM (
    (SELECT platform, 'queued' AS state FROM jobs_job WHERE state = 'queued' AND run_at <= %(at)s LIMIT %(most)s)
    UNION ALL
    (SELECT platform, 'scheduled' FROM jobs_job WHERE state = 'queued' AND run_at > %(at)s LIMIT %(most)s)
    UNION ALL (SELECT platform, state FROM jobs_job WHERE state IN ('verifying', 'waiting') LIMIT %(most)s)
    UNION ALL (SELECT platform, state FROM jobs_job WHERE state = 'running' LIMIT %(most)s)
    UNION ALL (SELECT platform, state FROM jobs_job WHERE state = 'held' LIMIT %(most)s)
) AS open GROUP BY 1, 2
"""
_HELD = """
SELECT split_part(h.reason, ':', 1), count(DISTINCT l.id)
FROM jobs_hold h JOIN jobs_lane l ON h.scope = ANY (l.scopes)
WHERE l.held AND h.closed_at IS NULL AND (h.until IS NULL OR h.until > %(at)s) GROUP BY 1
"""
_BREAKERS = """
SELECT l.platform, count(*) FROM jobs_lanebreaker b JOIN jobs_lane l ON l.id = b.lane_id
WHERE b.until > %(at)s GROUP BY 1
"""
_LETTERS = """
SELECT platform, error_code, count(*), max(extract(epoch FROM %(at)s - created_at))::float FROM jobs_deadletter
WHERE resolved_at IS NULL GROUP BY 1, 2
"""
_LAG = """
SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::float FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL
"""


def collect() -> Iterable[Metric]:
    """Return the engine's gauges."""
    now = clock.now()
    at: dict[str, Any] = {"at": now, "most": MOST}
    yield DEPTH(((platform, state), number) for platform, state, number in _rows(_DEPTH, at))
    yield HELD(((reason,), number) for reason, number in _rows(_HELD, at))
    yield BREAKERS(((platform,), number) for platform, number in _rows(_BREAKERS, at))
    letters = _rows(_LETTERS, at)
    yield LETTERS(((platform, code), number) for platform, code, number, _ in letters)
    yield OLDEST([((), max((age for *_, age in letters), default=0.0))])
    yield LAG([((), lag) for (lag,) in _rows(_LAG, at)])
    yield QUOTA(((platform, budget), ratio) for platform, budget, ratio in buckets.used_by_apps(now))


def _rows(statement: str, at: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, at)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
