"""From a dead token that got its name to the commit that stops its lane, in a process that is busy with a 30 s call.

Peer: stopping the lane the naive way, by writing "held" into every job that waits in it.
"""

import logging
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.outcome import Outcome, Verdict
from apps.jobs import lease
from apps.jobs.actions.hold import release
from apps.jobs.claim import Claimed, claim
from apps.jobs.kinds import HoldReason, Settlement
from apps.jobs.models import Job
from apps.jobs.pump import Pump
from apps.jobs.settle import settle
from tests.bench import database, servers, world
from tests.bench.row import Row, in_turns

WAITING = 100_000
TIMES = 100
NAIVE = 3
SETTLED, BATCH = 1_000, 64
_HOLD_ALL = "UPDATE jobs_job SET state = 'held', held_for = 'ops' WHERE connection = %s AND state = 'queued'"
_BARE = "UPDATE jobs_job SET state = 'succeeded', finished_at = now(), runner = NULL WHERE id = ANY (%s)"


def run() -> list[Row]:
    """Measure the pause, and what the bookkeeping of retries costs a post that needs none."""
    database.prepare()
    world.empty()
    quiet, owner = world.tenants(2)
    hanging = world.accounts(1, behaviour="hang", owners=[quiet])
    (dead,) = world.accounts(1, behaviour="gone", owners=[owner])
    world.store(WAITING, [dead])
    world.tidy()
    with _pump(), _pauses() as pauses:
        for number in range(TIMES):
            if servers.open_calls() == 0:
                world.post(1, hanging)  # the last one has had its 30 s
                servers.wait(lambda: servers.open_calls() > 0)
            _let_go(dead)
            servers.wait(lambda wanted=number: len(pauses) > wanted, every=0.002)  # type: ignore[misc]
    naive = [_naive(dead) for _ in range(NAIVE)]
    worst, middle = statistics.quantiles(pauses, n=100)[98], statistics.median(pauses)
    spread = (worst - min(pauses)) / middle
    peer = f"UPDATE of {WAITING:,} waiting jobs"
    return [
        Row("pause", worst, "ms", peer, statistics.median(naive), spread, 100, 20, "less"),
        _bookkeeping(),
    ]


@contextmanager
def _pump() -> Iterator[None]:
    """Run a pump in this process until the block ends."""
    pump, ending = Pump("bench"), threading.Event()
    pump.start()

    def turn() -> None:
        while not ending.wait(0.005):
            pump.turn(budget=5, stopping=ending.is_set)
        connection.close()

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
        pump.stop(within=0)


@contextmanager
def _pauses() -> Iterator[list[float]]:
    """Collect what the engine logs of itself: milliseconds from the name of the error to the commit."""
    found: list[float] = []
    handler = logging.Handler()
    handler.emit = lambda record: found.append(record.latency_ms) if record.msg == "pause.committed" else None  # type: ignore[method-assign, index, func-returns-value, assignment, arg-type]
    engine = logging.getLogger("apps.jobs.settler")
    engine.addHandler(handler)
    engine.setLevel(logging.INFO)
    try:
        yield found
    finally:
        engine.removeHandler(handler)


def _let_go(account: UUID) -> None:
    """Set the connection active again, as a reconnect does."""
    at = clock.now()
    with transaction.atomic():
        row = Connection.objects.across_tenants().filter(pk=account)
        row.update(status="active", pause_reason="", pause_detail="", paused_at=None, paused_by="")
        one = row.get()
        for scope in (f"grant:{one.grant_id}", f"lane:{one.lane_key}"):
            release(scope=scope, reason=HoldReason.CONNECTION, actor="bench", at=at)


def _naive(account: UUID) -> float:
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_HOLD_ALL, [account])
    took = (time.perf_counter() - begun) * 1000
    Job.objects.across_tenants().filter(connection=account, state="held").update(state="queued", held_for="")
    return took


def _bookkeeping() -> Row:
    """Milliseconds of a settle for each post that went well; a bare UPDATE of the same rows is the least possible."""

    def ours() -> float:
        runner, claimed = _claimed()
        begun = time.perf_counter()
        for some in _batches(claimed):
            settle(runner, [_went_well(one) for one in some])
        return (time.perf_counter() - begun) * 1000 / len(claimed)

    def bare() -> float:
        _, claimed = _claimed()
        begun = time.perf_counter()
        for some in _batches(claimed):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_BARE, [[one.job.pk for one in some]])
        return (time.perf_counter() - begun) * 1000 / len(claimed)

    value, peer, spread = in_turns(ours, bare)
    return Row("pause.bookkeeping", value, "ms", "a bare UPDATE", peer, spread, 1, 0.5, "less")


def _claimed() -> tuple[UUID, list[Claimed]]:
    world.empty()
    world.post(SETTLED, world.accounts(SETTLED, behaviour="ok", owners=world.tenants(50)))
    runner = lease.register("bench")
    return runner, claim(runner, lanes=SETTLED)


def _batches(claimed: Sequence[Claimed]) -> Iterator[Sequence[Claimed]]:
    return (claimed[start : start + BATCH] for start in range(0, len(claimed), BATCH))


def _went_well(one: Claimed) -> Settlement:
    outcome = Outcome(Verdict.SUCCESS, committed=True, remote_id=f"post_{one.job.pk}", http_status=200)
    return Settlement(one.job, one.attempt, one.fence, outcome, credential_version=1, sent_at=one.at)
