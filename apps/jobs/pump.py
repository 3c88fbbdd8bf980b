"""The pump: claims work, has it called, and keeps the lease under which both are allowed.

One Pump is one runner. The calling thread claims; a thread with the event loop calls (`caller`); another commits what came
of it (`settler`); a third renews the lease. A slow call holds up nobody else.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from apps.errors.outcome import Outcome, Verdict
from apps.errors.system import classify_system_error
from apps.jobs import lease, unheard
from apps.jobs.caller import Caller
from apps.jobs.claim import Claimed, Part, claim
from apps.jobs.in_flight import InFlight
from apps.jobs.kinds import KINDS, Work
from apps.jobs.patience import patiently
from apps.jobs.settler import Settler

logger = logging.getLogger(__name__)

# What a claim costs beside its rows is the same for one row as for hundreds (docs/benchmarks.md).
# A turn takes more lanes the more calls are out: beside a slow partner it is they who fill the process, not their number.
LANES_A_TURN, MOST_LANES = 100, 400
MAX_IN_FLIGHT = 2000
CLAIM_EVERY = 0.03  # seconds at least, while calls are in flight
IDLE = 0.05
NOTE_EVERY = 1.0
SETTLE_LAST = 3.0  # seconds for what a stop has cut off


class Pump:
    """The machinery of one runner. Start it, turn it as often as there is work, stop it."""

    def __init__(self, name: str, *, alarm: bool = False, parts: Sequence[Part] = (Part.ENGINE,)) -> None:
        self.name = name
        self.lease: lease.Lease | None = None
        self._parts = parts  # what it takes, the most urgent first
        self._alarm = alarm
        self._turning = threading.Lock()
        self._stopping = threading.Event()
        self._claimed_at = 0.0
        self._noted_at = -NOTE_EVERY
        self._unheard = False  # a claim may have been committed without our knowing
        self._under_way = InFlight()
        self._settler = Settler(self._under_way, lambda: self.runner)
        self._caller = Caller(self._settler.put)
        self._threads: list[threading.Thread] = []

    # -- life

    def start(self) -> None:
        """Register a runner and start the three threads."""
        self._new_lease()
        for name, target in {
            "loop": self._caller.run,
            "settler": self._settler.run,
            "heartbeat": self._run_heartbeat,
        }.items():
            thread = threading.Thread(target=target, name=f"{self.name}:{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, *, within: float = 30) -> bool:
        """Claim no more, let the calls in flight end, give the lease back; False when some were left behind."""
        self._stopping.set()
        self._settler.stop()
        done = self._wait_for_calls(within)
        if not done:
            self._caller.cancel()  # a stop in good order is no crash
            done = self._wait_for_calls(SETTLE_LAST)
        if self.lease and done:
            self.lease.disarm()
            lease.give_up(self.lease.runner)
        self._caller.close()
        for thread in self._threads:
            thread.join(timeout=5)
        return done

    @property
    def in_flight(self) -> int:
        """How many claimed jobs are not settled yet."""
        return len(self._under_way)

    @property
    def runner(self) -> UUID:
        """The id of this process's runner row."""
        return self._held().runner

    def _held(self) -> lease.Lease:
        if self.lease is None:
            raise RuntimeError("The pump has not been started.")
        return self.lease

    def _wait_for_calls(self, within: float) -> bool:
        end = time.monotonic() + within
        while self.in_flight:
            if time.monotonic() > end:
                return False
            self._settler.settled.clear()
            self._settler.settled.wait(IDLE)
        return True

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
            if self._held().lost:
                self._new_lease()
            self._settler.settled.clear()
            # Asked before the claim: a lane that is being released just now is skipped by it, and has work afterwards.
            busy = bool(self.in_flight or self._settler.unreleased)
            taken = self._claim_some()
            started += taken
            if taken:
                continue
            if not busy:
                break
            self._settler.settled.wait(IDLE)
        return started

    def _claim_some(self) -> int:
        # Calls are made under the lease that their claim was made under: a newer one must not speak for them.
        held = self._held()
        if self._unheard and (given_back := self._give_back_unheard(held)):
            return given_back
        for part in self._parts:
            if claimed := self._claim_part(part, held):
                self._under_way.add(claimed)
                works = patiently(lambda: _load(claimed))
                self._caller.start(claimed, works, held)
                return len(claimed)
        return 0

    def _claim_part(self, part: Part, held: lease.Lease) -> list[Claimed]:
        room = (MAX_IN_FLIGHT if part is Part.ENGINE else 1) - self.in_flight
        if room <= 0 or self._settler.is_behind() or not held.holds():
            return []
        if self.in_flight:
            time.sleep(max(0.0, self._claimed_at + CLAIM_EVERY - time.monotonic()))
        self._claimed_at = time.monotonic()
        try:
            return claim(held.runner, lanes=min(self._lanes_a_turn(), room), part=part)
        except (OperationalError, InterfaceError):
            self._unheard = True
            raise

    def _give_back_unheard(self, held: lease.Lease) -> int:
        """While this process lives nobody else would: its runner renews the lease of lanes that it knows nothing of."""
        taken = unheard.taken(held.runner, busy=self._under_way.lanes())
        self._unheard = False
        self._under_way.add(taken)
        self._caller.start(taken, {}, held)  # without work: nothing of it is sent
        return len(taken)

    def _lanes_a_turn(self) -> int:
        return min(max(LANES_A_TURN, self.in_flight), MOST_LANES)

    # -- the lease

    def _new_lease(self) -> None:
        asked = lease.boot_clock()
        fresh = lease.Lease(lease.register(self.name), alarm=self._alarm)
        fresh.trust_from(asked)
        self.lease = fresh

    def _note_turn(self) -> None:
        """Tell the watchdogs; a wake may turn an idle pump many times a second, and each note is a commit."""
        if time.monotonic() - self._noted_at >= NOTE_EVERY:
            self._noted_at = time.monotonic()
            lease.note_turn(self.runner)

    def _run_heartbeat(self) -> None:
        while not self._stopping.wait(lease.HEARTBEAT):
            held = self._held()
            if held.lost:
                continue
            asked = lease.boot_clock()
            try:
                if self._caller.ticks() and lease.renew(held.runner):
                    held.trust_from(asked)
                else:
                    held.lose()
            except (OperationalError, InterfaceError):
                connection.close()  # the lease runs out by itself if this lasts
        connection.close()


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
