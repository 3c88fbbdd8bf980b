"""A call to a partner: asked before every send whether it may, and named whatever comes instead of an answer."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace

import aiohttp

from apps.connections import partner, stage
from apps.connections.connectors.interface import Answer, Context, Request
from apps.connections.grants import GrantFacts
from apps.connections.loading import Facts
from apps.connections.stage import Stage
from apps.connections.wire import HttpWire, WireFailed, open_session
from apps.errors.outcome import Outcome, Said, Verdict
from apps.errors.redact import LONGEST_EVIDENCE, redact, redact_headers
from apps.errors.system import classify_system_error
from apps.jobs.kinds import LeaseWatch, Work

_sessions: dict[int, aiohttp.ClientSession] = {}


class LeaseLost(Exception):
    """Others may own this work now: nothing may be sent."""


class _GuardedWire:
    """Asks before every send whether we may, and notes when it was sent."""

    def __init__(self, work: Work, lease: LeaseWatch) -> None:
        self._work = work
        self._lease = lease
        self.writes_sent = 0
        self.used: Counter[str] = Counter()  # by budget
        self.last: Answer | None = None
        self._http = HttpWire(_session(), on_send=self._sent)
        self._stage: Stage | None = work.facts.stage

    async def send(self, request: Request) -> Answer:
        if not self._lease.holds():
            raise LeaseLost
        self.last = await self._http.send(self._stage.redirected(request) if self._stage else request)
        return self.last

    def _sent(self, request: Request) -> None:
        self.used[request.budget] += 1
        if request.writes:
            self.writes_sent += 1
            self._work.sent_at = self._work.sent_at or self._work.at


def _session() -> aiohttp.ClientSession:
    """Return the event loop's session."""
    loop = id(asyncio.get_running_loop())
    if loop not in _sessions or _sessions[loop].closed:
        _sessions[loop] = open_session()
    return _sessions[loop]


async def close_session() -> None:
    """Close the event loop's session, if there is one."""
    if session := _sessions.pop(id(asyncio.get_running_loop()), None):
        await session.close()


def context(work: Work, wire: _GuardedWire) -> Context:
    """Return what the connector may know."""
    facts: Facts | GrantFacts = work.facts
    app = partner.app_for(facts.connector.platform)
    return Context(
        app=facts.stage.app(app) if facts.stage else app,
        account=facts.account,
        token=facts.token,
        wire=wire,
        at=work.at,
        job_id=work.job.pk,
        cycle=work.job.cycle,
        draft=facts.draft,
        progress=work.job.progress,
    )


async def guarded(work: Work, lease: LeaseWatch, call: Callable[[Context], Awaitable[Outcome]]) -> Outcome:
    """Make a call, name whatever comes instead of an answer, and say what was used up by it."""
    wire = _GuardedWire(work, lease)
    outcome = await _named_outcome(work, wire, call)
    usage = work.facts.connector.usage(work.facts.account, wire.last) if wire.last else ()
    outcome = replace(outcome, used=dict(wire.used), usage=usage)
    return stage.kept_small(outcome) if work.facts.stage else outcome


async def _named_outcome(
    work: Work, wire: _GuardedWire, call: Callable[[Context], Awaitable[Outcome]]
) -> Outcome:
    try:
        outcome = await call(context(work, wire))
        return _with_evidence(outcome, wire.last) if outcome.classification and wire.last else outcome
    except LeaseLost:
        # A multi-request step that lost its lease half-way may have written already.
        return Outcome(verdict=Verdict.UNKNOWN if wire.writes_sent else Verdict.NOT_SENT)
    except WireFailed as failed:
        platform = work.facts.connector.platform
        found = classify_system_error(failed.cause, request_sent=failed.sent, platform=platform)
        return Outcome(verdict=Verdict.UNKNOWN if failed.sent else Verdict.FAILURE, classification=found)


def _with_evidence(outcome: Outcome, answer: Answer) -> Outcome:
    body = redact(answer.body[:LONGEST_EVIDENCE].decode("utf-8", "replace"))
    said = Said(answer.status, redact_headers(answer.headers), body)
    return replace(outcome, http_status=answer.status, evidence=body, said=said)
