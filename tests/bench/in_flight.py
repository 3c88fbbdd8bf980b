"""How many calls one worker process keeps open at a partner that takes half a second, and in how much memory.

Peer: a Celery process, whose prefork children make one call each.
"""

import statistics
import time

import psutil

from tests.bench import database, servers, world
from tests.bench.pipeline import peer_is_up
from tests.bench.row import Row

LANES, POSTS = 2_500, 12_500
SECONDS = 6.0
TURNS = 3


def run() -> list[Row]:
    """Watch one process that has more to do than it can, in turns with the peer's."""
    database.prepare()
    turns = [(_ours(), _peer_memory()) for _ in range(TURNS)]
    calls = [calls for (calls, _), _ in turns]
    memory = [memory for (_, memory), _ in turns]
    peer = statistics.median(peer for _, peer in turns)
    one_a_core = float(psutil.cpu_count() or 1)
    return [
        _row(
            "in_flight.calls",
            calls,
            "calls",
            ("Celery prefork, one a core", one_a_core),
            (1_000, 2_000),
            "more",
        ),
        _row("in_flight.memory", memory, "MB", ("Celery prefork", peer), (200, 150), "less"),
    ]


def _row(
    name: str,
    measured: list[float],
    unit: str,
    peer: tuple[str, float],
    promised: tuple[float, float],
    better: str,
) -> Row:
    middle = statistics.median(measured)
    spread = (max(measured) - min(measured)) / middle
    return Row(name, middle, unit, *peer, spread, *promised, better)


def _ours() -> tuple[float, float]:
    """Return the calls that it holds open, but for the twentieth of the time when they are most, and its memory in MB."""
    world.empty()
    world.post(POSTS, world.accounts(LANES, behaviour="slow", owners=world.tenants(50)))
    world.tidy()
    with servers.Side(*servers.OURS, REKNIT_WORKER="engine") as ours:
        ours.ready()
        process = psutil.Process(ours.process.pid)
        servers.wait(lambda: servers.open_calls() > 0)
        open_calls, memory = [], []
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            open_calls.append(float(servers.open_calls()))
            memory.append(process.memory_info().rss / 1024 / 1024)
            time.sleep(0.05)
    return statistics.quantiles(open_calls, n=20)[-1], max(memory)


def _peer_memory() -> float:
    with servers.Side(*servers.PEER) as peer:
        servers.wait(peer_is_up)
        process = psutil.Process(peer.process.pid)
        return (
            sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / 1024 / 1024
        )
