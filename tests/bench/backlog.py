"""Does a claim cost more when more is waiting? Peer: one query that ranks everything that is due."""

import statistics
import time
from collections.abc import Callable

from django.db import connection, transaction

from apps.jobs import lease
from apps.jobs.claim import claim
from tests.bench import database
from tests.bench.row import Row

FEW, MANY, TAKEN = 100_000, 1_000_000, 800
TIMES = 9
_NAIVE = """
SELECT id FROM (
    SELECT id, run_at, row_number() OVER (PARTITION BY lane_id ORDER BY run_at, id) AS place
    FROM jobs_job WHERE state = 'queued' AND run_at <= now()
) ranked WHERE place = 1 ORDER BY run_at LIMIT %s
"""


def run() -> list[Row]:
    """Measure a claim of 800 jobs beside 100,000 and beside 1,000,000 waiting ones."""
    database.prepare()
    return [_growth("backlog.spread", 0.0), _growth("backlog.one_lane", 0.9)]


def _growth(name: str, in_one_lane: float) -> Row:
    ours, naive = {}, {}
    for size in (FEW, MANY):
        database.fill(size, in_one_lane=in_one_lane)
        runner = lease.register("bench")
        pairs = [(_timed(lambda runner=runner: _claim(runner)), _timed(_rank)) for _ in range(TIMES)]
        ours[size] = [pair[0] for pair in pairs]
        naive[size] = statistics.median(pair[1] for pair in pairs)
    few, many = statistics.median(ours[FEW]), statistics.median(ours[MANY])
    spread = (max(ours[MANY]) - min(ours[MANY])) / many
    label = f"x from {few:.0f} ms to {many:.0f} ms"
    peer = f"ranking all that is due, {naive[FEW]:.0f} ms to {naive[MANY]:.0f} ms"
    return Row(name, many / few, label, peer, naive[MANY] / naive[FEW], spread, 1.5, 1.1, "less")


def _claim(runner: lease.UUID) -> None:
    """Claim for real, and take it back."""
    with transaction.atomic():
        taken = claim(runner, lanes=TAKEN)
        transaction.set_rollback(True)
    assert len(taken) == TAKEN, f"{len(taken)} jobs were taken"


def _rank() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NAIVE, [TAKEN])
        cursor.fetchall()


def _timed(act: Callable[[], None]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000
