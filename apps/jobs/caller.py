"""The event loop of a pump: each call to the outside is a task on it. No ORM here, and no clock but the process's own."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import uvloop

from apps.errors.outcome import Outcome, Verdict
from apps.errors.system import classify_system_error
from apps.jobs import failpoints
from apps.jobs.claim import Claimed
from apps.jobs.kinds import KINDS, LOOP_CLOSERS, Settlement, Work
from apps.jobs.lease import Lease

logger = logging.getLogger(__name__)
STUCK = 10  # seconds without a tick


class Caller:
    """Makes the calls of claimed jobs, and hands over what became of each."""

    def __init__(self, hand_over: Callable[[Settlement], None]) -> None:
        self._hand_over = hand_over
        self._tasks: set[asyncio.Task[None]] = set()  # of the loop's thread only, like the next
        self._calls: set[asyncio.Task[None] | None] = set()  # those whose partner is being asked
        self._loop = uvloop.new_event_loop()

    def run(self) -> None:
        """Run the loop until it is closed."""
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def start(self, claimed: Sequence[Claimed], works: Mapping[UUID, Work], held: Lease) -> None:
        """
        Start the calls of one claim; `held` is the lease that it was made under.

        All at once: waking the loop for each costs a system call and the GIL.
        """
        self._loop.call_soon_threadsafe(self._start_all, claimed, works, held)

    def cancel(self) -> None:
        """End the calls under way: what does not end in time is settled as unknown, or as not sent."""
        self._loop.call_soon_threadsafe(self._cancel_all)

    def ticks(self) -> bool:
        """Return False when the loop has been stuck: a process that cannot call must not keep lanes."""
        ticked = threading.Event()
        self._loop.call_soon_threadsafe(ticked.set)
        return ticked.wait(STUCK)

    def close(self) -> None:
        """Close what kinds keep open on the loop, and end it."""
        asyncio.run_coroutine_threadsafe(_close_all(), self._loop).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _start_all(self, claimed: Sequence[Claimed], works: Mapping[UUID, Work], held: Lease) -> None:
        for one in claimed:
            task = self._loop.create_task(self._call(one, works.get(one.job.id), held))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(_log_bug)

    def _cancel_all(self) -> None:
        for call in self._calls:
            if call is not None:
                call.cancel()

    async def _call(self, one: Claimed, work: Work | None, held: Lease) -> None:
        began = time.monotonic()
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
        self._hand_over(settlement)

    async def _outcome(self, one: Claimed, work: Work | None, held: Lease) -> Outcome:
        if work is None:
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


async def _close_all() -> None:
    for name in LOOP_CLOSERS.names():
        await LOOP_CLOSERS.get(name)()


def _log_bug(task: asyncio.Task[None]) -> None:
    if error := task.exception():
        logger.error("pump.call_lost", exc_info=error)
