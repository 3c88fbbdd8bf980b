"""The pump: claims work, calls partners on one event loop, and settles results as a stream.

One Pump is one runner. The calling thread claims; a loop thread calls; a settler thread commits every 20 ms or 256
results, at once when a result must not wait or no other can come; a heartbeat thread renews the lease. A slow call holds up nobody else.
"""

import asyncio
import logging
import queue
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import uvloop
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from apps.core import clock
from apps.errors import live as overrides
from apps.errors.codes import ErrorAction
from apps.errors.outcome import Outcome, Verdict
from apps.errors.system import classify_system_error
from apps.jobs import failpoints, lease, live, settle
from apps.jobs.claim import Claimed, Part, claim
from apps.jobs.kinds import KINDS, LOOP_CLOSERS, Settlement, Work
from apps.jobs.models import Runner

logger = logging.getLogger(__name__)
T = TypeVar("T")

# What a claim and a settle cost beside their rows is the same for one row as for hundreds (docs/benchmarks.md).
# A turn takes more lanes the more calls are out: beside a slow partner it is they who fill the process, not their number.
LANES_A_TURN, MOST_LANES = 100, 400
MAX_IN_FLIGHT = 2000
BATCH = 256
BATCH_WINDOW = 0.02  # seconds
# What has ended and is not settled, as a part of what is in flight. Beyond that we are the slow one and not the partner:
# whoever is claimed now waits here, where tenants take no turns and the next post of an account cannot begin.
MOST_UNSETTLED, UNSETTLED_PART = 32, 4
CLAIM_EVERY = 0.03  # seconds at least, while calls are in flight
IDLE = 0.05
NOTE_EVERY = 1.0
SETTLE_LAST = 3.0  # seconds for what a stop has cut off
DB_BACKOFF = (0.1, 0.5, 1, 2, 5)
# Nobody may start on a dead token a moment longer than it takes to write that down.
FLUSH_ACTIONS = frozenset({ErrorAction.PAUSE_RECONNECT, ErrorAction.REFRESH_TOKEN, ErrorAction.ESCALATE_OPS})


class Pump:
    """The machinery of one runner. Start it, turn it as often as there is work, stop it."""

    def __init__(self, name: str, *, alarm: bool = False, parts: Sequence[Part] = (Part.ENGINE,)) -> None:
        self.name = name
        self._parts = parts  # what it takes, the most urgent first
        self._alarm = alarm
        self._turning = threading.Lock()
        self._stopping = threading.Event()
        self._results: queue.SimpleQueue[Settlement] = queue.SimpleQueue()
        self._settled = threading.Event()
        self._flush = threading.Event()
        self._in_flight: Counter[UUID] = Counter()  # calls by lane
        self._fences: dict[UUID, int] = {}
        self._unreleased: dict[UUID, int] = {}  # lanes that somebody held when we would have released them
        self._guard = threading.Lock()
        self._claimed_at = 0.0
        self._noted_at = -NOTE_EVERY
        self._tasks: set[asyncio.Task[None]] = set()  # of the loop thread only, like the next
        self._calls: set[asyncio.Task[None] | None] = set()  # those whose partner is being asked
        self._loop = uvloop.new_event_loop()
        self._threads: list[threading.Thread] = []
        self.lease: lease.Lease | None = None

    # -- life

    def start(self) -> None:
        """Register a runner and start the three threads."""
        self._new_lease()
        for target in (self._run_loop, self._run_settler, self._run_heartbeat):
            thread = threading.Thread(target=target, name=f"{self.name}:{target.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, *, within: float = 30) -> bool:
        """Claim no more, let the calls in flight end, give the lease back; False when some were left behind."""
        self._stopping.set()
        done = self._wait(lambda: not self.in_flight, within)
        if not done:
            # What does not end in time is settled as unknown, or as not sent: a stop in good order is no crash.
            self._loop.call_soon_threadsafe(self._cancel_calls)
            done = self._wait(lambda: not self.in_flight, SETTLE_LAST)
        if self.lease and done:
            self.lease.disarm()
            lease.give_up(self.lease.runner)
        asyncio.run_coroutine_threadsafe(_close_loop(), self._loop).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        for thread in self._threads:
            thread.join(timeout=5)
        return done

    @property
    def in_flight(self) -> int:
        """How many claimed jobs are not settled yet."""
        return self._in_flight.total()

    @property
    def runner(self) -> UUID:
        """The id of this process's runner row."""
        if self.lease is None:
            raise RuntimeError("The pump has not been started.")
        return self.lease.runner

    # -- turning

    def turn(self, *, budget: float, stopping: Callable[[], bool] = lambda: False) -> int:
        """
        Claim and start work until none is due and nothing is in flight, or `budget` seconds are over.

        Ends early when `stopping` says so.

        Returns how many jobs were started. Calls still in flight go on after the return. One thread turns at a time:
        a second caller leaves at once.
        """
        if not self._turning.acquire(blocking=False):
            return 0
        try:
            return self._turn(time.monotonic() + budget, stopping)
        finally:
            self._turning.release()

    def drain(self, *, budget: float = 60) -> int:
        """Turn until nothing is due and nothing is in flight; for tests and commands."""
        return self.turn(budget=budget)

    def _turn(self, end: float, stopping: Callable[[], bool]) -> int:
        started = 0
        if Part.ENGINE in self._parts:
            self._note_turn()
        while not self._stopping.is_set() and not stopping() and time.monotonic() < end:
            if self.lease is None or self.lease.lost:
                self._new_lease()
            self._settled.clear()
            # Asked before the claim: a lane that is being released just now is skipped by it, and has work afterwards.
            busy = bool(self.in_flight or self._unreleased)
            taken = self._claim_some()
            started += taken
            if taken:
                continue
            if not busy:
                break
            self._settled.wait(IDLE)
        return started

    def _claim_some(self) -> int:
        for part in self._parts:
            if claimed := self._claim_part(part):
                self._begin(claimed)
                return len(claimed)
        return 0

    def _claim_part(self, part: Part) -> list[Claimed]:
        room = (MAX_IN_FLIGHT if part is Part.ENGINE else 1) - self.in_flight
        if room <= 0 or self._is_behind() or self.lease is None or not self.lease.holds():
            return []
        if self.in_flight:
            time.sleep(max(0.0, self._claimed_at + CLAIM_EVERY - time.monotonic()))
        self._claimed_at = time.monotonic()
        return claim(self.runner, lanes=min(self._lanes_a_turn(), room), part=part)

    def _lanes_a_turn(self) -> int:
        return min(max(LANES_A_TURN, self.in_flight), MOST_LANES)

    def _is_behind(self) -> bool:
        return self._results.qsize() > max(MOST_UNSETTLED, self.in_flight // UNSETTLED_PART)

    def _begin(self, claimed: list[Claimed]) -> None:
        with self._guard:
            for one in claimed:
                self._in_flight[one.job.lane_id] += 1
                self._fences[one.job.lane_id] = one.fence
        works = self._patiently(lambda: _load(claimed))
        self._loop.call_soon_threadsafe(self._start_calls, claimed, works)

    def _start_calls(self, claimed: list[Claimed], works: Mapping[UUID, Work]) -> None:
        """Start all calls of a claim at once: waking the loop for each costs a system call and the GIL."""
        for one in claimed:
            task = self._loop.create_task(self._call(one, works.get(one.job.id)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(_log_bug)

    def _cancel_calls(self) -> None:
        for call in self._calls:
            if call is not None:
                call.cancel()

    def _new_lease(self) -> None:
        asked = lease.boot_clock()
        fresh = lease.Lease(lease.register(self.name), alarm=self._alarm)
        fresh.trust_from(asked)
        self.lease = fresh

    def _note_turn(self) -> None:
        """Tell the watchdogs; a wake may turn an idle pump many times a second, and each note is a commit."""
        if time.monotonic() - self._noted_at < NOTE_EVERY:
            return
        self._noted_at = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE jobs_runner SET turned_at = now() WHERE id = %s", [self.runner])

    # -- calling, on the event loop

    async def _call(self, one: Claimed, work: Work | None) -> None:
        began = time.monotonic()
        held = self.lease
        outcome = await self._outcome(one, work, held)
        failpoints.reach("after_send", {one.job.step})
        settlement = Settlement(
            job=one.job,
            attempt=one.attempt,
            fence=one.fence,
            outcome=outcome,
            credential_version=work.credential_version if work else None,
            sent_at=work.sent_at if work else None,
            latency_ms=round((time.monotonic() - began) * 1000),
            draws=one.draws,
        )
        self._results.put(settlement)
        if _must_flush(outcome):
            self._flush.set()

    async def _outcome(self, one: Claimed, work: Work | None, held: lease.Lease | None) -> Outcome:
        if work is None or held is None or held.runner != self.runner:
            return Outcome(verdict=Verdict.NOT_SENT, used={})
        if work.failure is not None:
            return replace(work.failure, used={})  # what it drew for its calls goes back
        kind = KINDS.get(one.job.kind)
        call = asyncio.current_task()
        self._calls.add(call)
        try:
            async with asyncio.timeout(kind.time_limit.total_seconds()):
                return await kind.run(work, held)
        except asyncio.CancelledError:
            return Outcome(verdict=Verdict.UNKNOWN if work.sent_at else Verdict.NOT_SENT)
        except Exception as error:
            logger.exception("call.failed", extra={"job": str(one.job.id), "kind": one.job.kind})
            sent = work.sent_at is not None
            found = classify_system_error(error, request_sent=sent)
            return Outcome(verdict=Verdict.UNKNOWN if sent else Verdict.FAILURE, classification=found)
        finally:
            self._calls.discard(call)

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    # -- settling, in its own thread

    def _run_settler(self) -> None:
        while not (self._stopping.is_set() and not self.in_flight):
            batch = self._collect()
            self._patiently(overrides.refresh)
            self._patiently(live.refresh)
            if batch:
                self._settle(batch)
            if self._unreleased:
                self._unreleased = self._release(self._unreleased)
                self._settled.set()
        connection.close()

    def _release(self, lanes: dict[UUID, int]) -> dict[UUID, int]:
        return self._patiently(lambda: settle.release(self.runner, lanes))

    def _collect(self) -> list[Settlement]:
        """Return the next batch: what came within 20 ms of the first; less when one must not wait, or nothing can come."""
        try:
            batch = [self._results.get(timeout=0.1)]
        except queue.Empty:
            return []
        end = time.monotonic() + BATCH_WINDOW
        most = min(BATCH, self.in_flight)
        while len(batch) < most and not self._flush.is_set() and (left := end - time.monotonic()) > 0:
            try:
                batch.append(self._results.get(timeout=left))
            except queue.Empty:
                break
        while len(batch) < BATCH and not self._results.empty():
            batch.append(self._results.get())
        self._flush.clear()
        return batch

    def _settle(self, batch: list[Settlement]) -> None:
        busy = self._still_busy(batch)
        result = self._patiently(lambda: settle.settle(self.runner, batch, busy=busy))
        _time_pauses(batch)
        self._unreleased |= result.unreleased
        with self._guard:
            for one in batch:
                self._in_flight[one.job.lane_id] -= 1
                if self._in_flight[one.job.lane_id] <= 0:
                    del self._in_flight[one.job.lane_id]
        self._settled.set()

    def _still_busy(self, batch: Iterable[Settlement]) -> frozenset[UUID]:
        ending = Counter(one.job.lane_id for one in batch)
        with self._guard:
            return frozenset(lane for lane, ended in ending.items() if self._in_flight[lane] > ended)

    def _patiently(self, act: Callable[[], T]) -> T:
        """Repeat until the database answers: results in hand must not be lost to a restart of PostgreSQL."""
        tries = 0
        while True:
            try:
                return act()
            except (OperationalError, InterfaceError):
                logger.warning("settle.database_away", extra={"tries": tries})
                connection.close()
                time.sleep(DB_BACKOFF[min(tries, len(DB_BACKOFF) - 1)])
                tries += 1

    # -- heartbeat, in its own thread

    def _run_heartbeat(self) -> None:
        while not self._stopping.wait(lease.HEARTBEAT):
            held = self.lease
            if held is None or held.lost:
                continue
            asked = lease.boot_clock()
            try:
                if self._loop_ticks() and lease.renew(held.runner):
                    held.trust_from(asked)
                else:
                    held.lose()
            except (OperationalError, InterfaceError):
                connection.close()  # the lease runs out by itself if this lasts
        connection.close()

    def _loop_ticks(self) -> bool:
        """Return False when the event loop has been stuck for 10 s: a process that cannot call must not keep lanes."""
        ticked = threading.Event()
        self._loop.call_soon_threadsafe(ticked.set)
        return ticked.wait(10)

    def _wait(self, condition: Callable[[], bool], within: float) -> bool:
        end = time.monotonic() + within
        while not condition():
            if time.monotonic() > end:
                return False
            self._settled.clear()
            self._settled.wait(IDLE)
        return True


def _load(claimed: Iterable[Claimed]) -> dict[UUID, Work]:
    """Let each kind read what its calls need; a kind that cannot leaves its jobs unsent."""
    by_kind: dict[str, list[Claimed]] = defaultdict(list)
    for one in claimed:
        by_kind[one.job.kind].append(one)
    works: dict[UUID, Work] = {}
    for kind, members in by_kind.items():
        try:
            works |= KINDS.get(kind).load([one.job for one in members], members[0].at)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.exception("load.failed", extra={"kind": kind})
            found = classify_system_error(error, request_sent=False)
            broken = Outcome(verdict=Verdict.FAILURE, classification=found)
            works |= {one.job.id: Work(job=one.job, at=one.at, failure=broken) for one in members}
    return works


async def _close_loop() -> None:
    for name in LOOP_CLOSERS.names():
        await LOOP_CLOSERS.get(name)()


def _time_pauses(batch: Iterable[Settlement]) -> None:
    """Log how long it took from a classified error to the commit that stops the lane."""
    for one in batch:
        found = one.outcome.classification
        if found and found.action in FLUSH_ACTIONS:
            took = round((time.monotonic() - one.answered) * 1000, 1)
            logger.info("pause.committed", extra={"latency_ms": took})


def _must_flush(outcome: Outcome) -> bool:
    found = outcome.classification
    return outcome.secret is not None or bool(found and found.action in FLUSH_ACTIONS)


def _log_bug(task: asyncio.Task[None]) -> None:
    if error := task.exception():
        logger.error("pump.call_lost", exc_info=error)


def turned_within(seconds: float) -> bool:
    """Return True when some runner has turned lately."""
    at = _database_time()
    latest = Runner.objects.filter(stopped_at=None, turned_at__isnull=False).order_by("-turned_at").first()
    return bool(latest and latest.turned_at and (at - latest.turned_at).total_seconds() < seconds)


def _database_time() -> datetime:
    close_old_connections()
    return clock.real_now()
