"""What is counted of access: its renewal, its checks, its state."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection
from prometheus_client.metrics_core import Metric

from apps.connections import health, queries
from apps.connections.choices import Platform
from apps.core import clock, metrics
from apps.errors.decide import ENDS
from apps.jobs.decided import Decided
from apps.jobs.metrics import seconds_of, was_called

REFRESHED = metrics.counter(
    "connector_token_refresh_total",
    "Renewals of access, as the partner answered: `success`, `failure`, `unknown`.",
    "platform",
    "outcome",
)
CHECKED = metrics.counter(
    "connector_health_check_total",
    "Checks of connections: `healthy` (with or without a warning), `critical` (proven not to work), `unknown`.",
    "platform",
    "status",
)
CHECK_LATENCY = metrics.histogram(
    "connector_health_check_latency_seconds", "How long a check of a connection took.", "platform"
)
RECONNECTS = metrics.counter("reconnects_total", "Connections that got fresh access.", "platform")
metrics.begin(REFRESHED, ((one.value, word) for one in Platform for word in ("success", "failure")))

_HOUR, _DAY = 3600, 86400
EXPIRY_BOUNDS = (0, _HOUR, 6 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY, 30 * _DAY, 60 * _DAY)
AGE_BOUNDS = (_HOUR, 6 * _HOUR, _DAY, 7 * _DAY, 30 * _DAY, 90 * _DAY, 365 * _DAY)
CONNECTIONS = metrics.gauge("connections", "Connections by their state.", "platform", "status")
EXPIRY = metrics.spread(
    "token_expiry_seconds",
    "Current tokens by how long they still work; those that never end are left out.",
    "platform",
    bounds=EXPIRY_BOUNDS,
)
AGE = metrics.spread(
    "token_age_seconds", "Current tokens by how long ago we got them.", "platform", bounds=AGE_BOUNDS
)
# A bucket is what lies at or below its bound, as Prometheus has it.
_SPREAD = """
SELECT platform, what, place, count(*), sum(seconds)::float FROM (
    SELECT g.platform, t.what, t.seconds, width_bucket(t.seconds - 0.000001, t.bounds) AS place
    FROM connections_credential c JOIN connections_grant g ON g.id = c.grant_id
    CROSS JOIN LATERAL (VALUES
        ('expiry', extract(epoch FROM c.expires_at - %(at)s)::float, %(expiry)s::float[]),
        ('age', extract(epoch FROM %(at)s - c.created_at)::float, %(age)s::float[])
    ) AS t(what, seconds, bounds)
    WHERE c.state = 'current' AND t.seconds IS NOT NULL
) AS placed GROUP BY 1, 2, 3
"""


def count_refreshes(settled: Sequence[Decided]) -> None:
    """Count what became of renewals."""
    called = [one for one in settled if was_called(one)]
    metrics.count(REFRESHED, ((one.job.platform, one.settlement.outcome.verdict.value) for one in called))


def count_checks(settled: Sequence[Decided]) -> None:
    """Count what checks found."""
    ended = [one for one in settled if one.decision.verb in ENDS]
    metrics.count(CHECKED, ((one.job.platform, health.status_of(one.decision, [])) for one in ended))
    for one in settled:
        if was_called(one):
            CHECK_LATENCY.labels(one.job.platform).observe(seconds_of(one))


def collect() -> Iterable[Metric]:
    """Return the gauges of connections."""
    counts = queries.counts_across_tenants()
    yield CONNECTIONS(
        ((platform, status), number)
        for platform, by_status in counts.items()
        for status, number in by_status.items()
    )
    known: dict[str, Any] = {"at": clock.now(), "expiry": list(EXPIRY_BOUNDS), "age": list(AGE_BOUNDS)}
    with connection.cursor() as cursor:
        cursor.execute(_SPREAD, known)
        rows = cursor.fetchall()
    yield EXPIRY(_spread(rows, "expiry", len(EXPIRY_BOUNDS)))
    yield AGE(_spread(rows, "age", len(AGE_BOUNDS)))


def _spread(rows: Sequence[Any], wanted: str, bounds: int) -> Iterator[tuple[str, list[int], float]]:
    counts: dict[str, list[int]] = {}
    sums: dict[str, float] = {}
    for platform, what, place, number, seconds in rows:
        if what == wanted:
            counts.setdefault(platform, [0] * (bounds + 1))[place] = number
            sums[platform] = sums.get(platform, 0.0) + seconds
    return ((platform, counts[platform], sums[platform]) for platform in counts)
