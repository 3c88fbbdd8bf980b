"""Does a claim cost more when more is waiting, or has ended, or is kept by an old snapshot?

Peers: one query that ranks everything that is due; our own claim if lanes kept no heads.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, connections, transaction

from apps.core import clock
from apps.jobs import lease
from apps.jobs.claim import claim
from apps.jobs.models import EPOCH, Lane
from apps.jobs.sql import claim as sql
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
    """Measure a claim of 800 jobs beside waiting ones, finished ones, and dead rows that a snapshot keeps."""
    database.prepare()
    return [_old_snapshot(), _finished(), _growth("backlog.spread", 0.0), _growth("backlog.one_lane", 0.9)]


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


def _finished() -> Row:
    """Beside 1,000,000 jobs that have ended, against none."""
    database.fill(FEW)
    runner = lease.register("bench")
    without = [(_timed(lambda: _claim(runner)), _timed(_rank)) for _ in range(TIMES)]
    database.add(MANY, ended=True)
    beside = [(_timed(lambda: _claim(runner)), _timed(_rank)) for _ in range(TIMES)]
    (none, naive_none), (many, naive_many) = _medians(without), _medians(beside)
    label = f"x from {none:.0f} ms to {many:.0f} ms"
    peer = f"ranking all that is due, {naive_none:.0f} ms to {naive_many:.0f} ms"
    return Row(
        "backlog.finished",
        many / none,
        label,
        peer,
        naive_many / naive_none,
        _spread(beside),
        1.5,
        1.1,
        "less",
    )


def _old_snapshot() -> Row:
    """Beside 100,000 jobs of one lane that came and went while a dump or a report was open, against none."""
    database.fill(FEW)
    runner = lease.register("bench")
    without = [(_timed(lambda: _claim(runner)), 0.0) for _ in range(TIMES)]
    with _snapshot():
        lane = _churn(FEW)
        pairs = [
            (_timed(lambda: _claim(runner)), _timed(lambda: _claim(runner, forget=lane)))
            for _ in range(TIMES)
        ]
    (none, _), (ours, headless) = _medians(without), _medians(pairs)
    label = f"x from {none:.0f} ms to {ours:.0f} ms"
    peer = f"the same without heads, to {headless:.0f} ms"
    return Row(
        "backlog.old_snapshot", ours / none, label, peer, headless / none, _spread(pairs), 1.5, 1.1, "less"
    )


@contextmanager
def _snapshot() -> Iterator[None]:
    """Keep a snapshot open, as a dump does."""
    dump = connections.create_connection("default")
    with dump.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM jobs_runner")
        yield
        cursor.execute("ROLLBACK")
    dump.close()


def _churn(jobs: int) -> lease.UUID:
    """Let jobs of one lane come and end, and give the lane back as a settle does; return it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM jobs_lane ORDER BY key LIMIT 1")
        lane: lease.UUID = cursor.fetchone()[0]
        database.add(jobs, in_one_lane=1.0, ago="1 hour")
        cursor.execute(
            "UPDATE jobs_job SET state = 'succeeded', finished_at = now() WHERE id IN ("
            "SELECT id FROM jobs_job WHERE lane_id = %s ORDER BY created_at DESC LIMIT %s)",
            [lane, jobs],
        )
        cursor.execute("ANALYZE jobs_job")
        cursor.execute(sql.PASS_OVER, {"lanes": [lane], "at": clock.now()})
        cursor.execute("UPDATE jobs_lane SET served_at = now() WHERE id <> %s", [lane])
        cursor.execute(
            "UPDATE jobs_lane SET served_at = NULL WHERE id = %s", [lane]
        )  # the first to be claimed
    return lane


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    ours, peers = zip(*pairs, strict=True)
    return statistics.median(ours), statistics.median(peers)


def _spread(pairs: list[tuple[float, float]]) -> float:
    ours = [pair[0] for pair in pairs]
    return (max(ours) - min(ours)) / statistics.median(ours)


def _claim(runner: lease.UUID, forget: lease.UUID | None = None) -> None:
    """Claim for real, and take it back; `forget` names a lane that shall know nothing of its head."""
    with transaction.atomic():
        if forget:
            Lane.objects.across_tenants().filter(pk=forget).update(head1_at=EPOCH)
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
