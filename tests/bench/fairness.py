"""How long small tenants wait for their turn beside a noisy one. Peer: the same engine, first come, first served."""

import random
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from tests.bench import database, servers, world
from tests.bench.row import Row

QUIET = 49
SECONDS = 15.0
EVERY = 0.1  # seconds between two posts of quiet tenants
PROCESSES = 2
_DELAYS = """
SELECT extract(epoch FROM coalesce(min(a.started_at), now()) - j.due_at) * 1000
FROM jobs_job j LEFT JOIN jobs_attempt a ON a.job_id = j.id
WHERE j.connection = ANY (%s) GROUP BY j.id
"""


@dataclass(frozen=True, slots=True)
class Noise:
    """What the fiftieth tenant does."""

    name: str
    behaviour: str
    lanes: int
    posts: int


NOISES = (
    Noise("one_lane", "ok", 1, 100_000),
    Noise("many_lanes", "ok", 5_000, 100_000),
    Noise("hanging", "hang", 500, 5_000),
    Noise("storm_of_429", "busy", 500, 5_000),
    Noise("black_hole", "hole", 500, 5_000),
)


def run() -> list[Row]:
    """Measure each noise by itself."""
    database.prepare()
    return [_row(noise) for noise in NOISES]


def _row(noise: Noise) -> Row:
    peer = _p95(noise, BENCH_FIFO="1")
    ours = [_p95(noise) for _ in range(3)]
    middle = statistics.median(ours)
    spread = (max(ours) - min(ours)) / middle
    return Row(
        f"fairness.{noise.name}", middle, "ms", "first come, first served", peer, spread, 1_000, 300, "less"
    )


def _p95(noise: Noise, **environment: str) -> float:
    """Let the noise begin, then let quiet tenants post now and then."""
    world.empty()
    *small, large = world.tenants(QUIET + 1)
    quiet = world.accounts(QUIET, behaviour="ok", owners=small)
    noisy = world.accounts(noise.lanes, behaviour=noise.behaviour, owners=[large])
    world.post(noise.posts, noisy)
    world.tidy()
    with ExitStack() as stack:
        for _ in range(PROCESSES):
            stack.enter_context(servers.Side(*servers.OURS, REKNIT_WORKER="engine", **environment)).ready()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            world.post(1, [random.choice(quiet)])
            time.sleep(EVERY)
        return statistics.quantiles(_delays(quiet), n=20)[-1]


def _delays(quiet: list[UUID]) -> list[float]:
    with connection.cursor() as cursor:
        cursor.execute(_DELAYS, [quiet])
        return [float(delay) for (delay,) in cursor.fetchall()]
