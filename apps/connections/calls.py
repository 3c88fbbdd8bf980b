"""From a connector's result to an outcome: what every kind that talks to a partner shares."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import aiohttp

from apps.connections import credentials, partner
from apps.connections.connectors.interface import (
    AccountFacts,
    Answer,
    Connector,
    Context,
    PostDraft,
    Request,
    Step,
    StepResult,
)
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Connection
from apps.connections.wire import HttpWire, WireFailed, open_session
from apps.errors.classification import Classification, Confidence
from apps.errors.codes import ErrorCode
from apps.errors.outcome import NextStep, Outcome, Said, Verdict
from apps.errors.redact import LONGEST_EVIDENCE, redact, redact_headers
from apps.errors.system import classify_system_error
from apps.jobs.kinds import LeaseWatch, Work
from apps.jobs.models import Job

_sessions: dict[int, aiohttp.ClientSession] = {}


class LeaseLost(Exception):
    """Others may own this work now: nothing may be sent."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a call to a partner needs, loaded before."""

    connection: Connection
    connector: Connector
    account: AccountFacts
    token: str
    refresh_token: str = ""
    draft: PostDraft | None = None
    foreign_ids: frozenset[str] = frozenset()  # posts on this connection that other jobs own


class _GuardedWire:
    """Asks before every send whether we may, and notes when it was sent."""

    def __init__(self, work: Work, lease: LeaseWatch) -> None:
        self._work = work
        self._lease = lease
        self.writes_sent = 0
        self.last: Answer | None = None
        self._http = HttpWire(_session(), on_send=self._sent)

    async def send(self, request: Request) -> Answer:
        if not self._lease.holds():
            raise LeaseLost
        self.last = await self._http.send(request)
        return self.last

    def _sent(self, request: Request) -> None:
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


def load(jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
    """Return each job's work with its connection and credential: two queries for all of them."""
    wanted = {job.connection for job in jobs if job.connection}
    connections = {row.pk: row for row in Connection.objects.across_tenants().filter(pk__in=wanted)}
    tokens = credentials.for_connections(connections.values())
    works: dict[UUID, Work] = {}
    for job in jobs:
        connection = connections.get(job.connection) if job.connection else None
        credential = tokens.get(connection.pk) if connection else None
        if connection is None or credential is None:
            works[job.pk] = Work(job=job, at=at, failure=_nothing_to_call(job))
            continue
        account = AccountFacts(
            connection.account_type, connection.external_id, connection.name, connection.details
        )
        facts = Facts(
            connection,
            connector_for(connection.platform),
            account,
            credential.access_token(),
            credential.refresh_token(),
        )
        works[job.pk] = Work(job=job, at=at, facts=facts, credential_version=credential.version)
    return works


def _nothing_to_call(job: Job) -> Outcome:
    """The connection was disconnected meanwhile: only a person can connect it again."""
    found = Classification(
        code=ErrorCode.AUTH_REVOKED,
        platform=job.platform,
        rule_id="system.disconnected",
        confidence=Confidence.EXACT,
    )
    return Outcome(verdict=Verdict.FAILURE, classification=found)


def context(work: Work, wire: _GuardedWire) -> Context:
    """Return what the connector may know."""
    facts: Facts = work.facts
    return Context(
        app=partner.app_for(facts.connector.platform),
        account=facts.account,
        token=facts.token,
        wire=wire,
        at=work.at,
        job_id=work.job.pk,
        draft=facts.draft,
        progress=work.job.progress,
    )


async def guarded(work: Work, lease: LeaseWatch, call: Callable[[Context], Awaitable[Outcome]]) -> Outcome:
    """Make a call and name whatever comes instead of an answer."""
    wire = _GuardedWire(work, lease)
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


def step_outcome(result: StepResult, step: Step, steps: Sequence[Step]) -> Outcome:
    """Translate the end of a step."""
    answer = result.answer
    outcome = Outcome(
        verdict=Verdict.SUCCESS,
        committed=step.commit,
        poll_after=result.poll_after,
        progress=result.progress,
        remote_id=result.remote_id,
        permalink=result.permalink,
        http_status=answer.status if answer else None,
    )
    if result.failure is None:
        following = _named(steps, result.restart_at or result.skip_to) or _after(steps, step)
        passed = bool(result.skip_to) and _passes_commit(steps, step, result.skip_to)
        return replace(outcome, next=following, committed=outcome.committed or passed)
    verdict = Verdict.FAILURE if result.failure.proof else Verdict.UNKNOWN
    return replace(
        outcome,
        verdict=verdict,
        committed=False,
        classification=result.failure,
        next=_named(steps, result.restart_at),
    )


def _with_evidence(outcome: Outcome, answer: Answer) -> Outcome:
    body = redact(answer.body[:LONGEST_EVIDENCE].decode("utf-8", "replace"))
    said = Said(answer.status, redact_headers(answer.headers), body)
    return replace(outcome, http_status=answer.status, evidence=body, said=said)


def next_step(step: Step) -> NextStep:
    """Return what the engine must know of a step before it is run."""
    return NextStep(step.name, at_commit=step.commit, calls=sum(step.calls.values()))


def after_commit(steps: Sequence[Step]) -> NextStep | None:
    """Return the step that follows the commit point, if one does."""
    return _after(steps, next(step for step in steps if step.commit))


def _named(steps: Sequence[Step], name: str) -> NextStep | None:
    return next((next_step(step) for step in steps if step.name == name), None)


def _after(steps: Sequence[Step], step: Step) -> NextStep | None:
    names = [one.name for one in steps]
    index = names.index(step.name) + 1
    return next_step(steps[index]) if index < len(steps) else None


def _passes_commit(steps: Sequence[Step], step: Step, target: str) -> bool:
    names = [one.name for one in steps]
    return any(one.commit for one in steps[names.index(step.name) : names.index(target)])
