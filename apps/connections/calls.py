"""From a connector's result to an outcome: what every kind that talks to a partner shares."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import aiohttp

from apps.connections import lifetimes, partner, renewal, stage
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
from apps.connections.grants import GrantFacts
from apps.connections.models import Credential
from apps.connections.stage import Pass, Stage
from apps.connections.wire import HttpWire, WireFailed, open_session
from apps.core import crypto
from apps.core.prepared import ask
from apps.errors.classification import Classification, Confidence, Scope
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

    platform: str
    connector: Connector
    account: AccountFacts
    token: str
    refresh_token: str = ""
    draft: PostDraft | None = None
    stage: Stage | None = None  # of a drill, where the calls go instead
    scopes: frozenset[str] = frozenset()  # what the credential may do; none when the partner never said
    foreign_ids: frozenset[str] = frozenset()  # posts on this connection that other jobs own


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


class _Account(NamedTuple):
    """One row of the statement below."""

    connection: UUID
    platform: str
    type: str
    external_id: str
    name: str
    details: str
    credential: UUID
    version: int
    access: str
    refresh: str
    scopes: str
    expires_at: datetime | None
    route: UUID | None
    run: str | None
    stage_url: str
    stage_tokens: str
    stage_version: int


# One statement for a whole turn, without a model's instance for every call: each account with its own token, or with
# that of its sign-in. A token of its own is derived from the sign-in's, and nobody says again what it may do. While a drill
# runs on an account, its route says where its calls go, and when the token ends that it has there.
_ACCOUNTS = """
SELECT c.id, c.platform, c.account_type, c.external_id, c.name, c.details, k.id, k.version, k.access, k.refresh,
    coalesce(nullif(k.scopes, '[]'), g.scopes, '[]'),
    CASE WHEN r.id IS NULL THEN k.expires_at WHEN k.version <= r.version THEN r.expires_at END,
    r.id, r.run, r.base_url, r.tokens, r.version
FROM connections_connection c CROSS JOIN LATERAL (
    SELECT * FROM (
        SELECT * FROM connections_credential k
        WHERE k.grant_id = c.grant_id AND k.state = 'current' AND k.connection_id = c.id
        UNION ALL
        SELECT * FROM connections_credential k
        WHERE k.grant_id = c.grant_id AND k.state = 'current' AND k.connection_id IS NULL
    ) AS k ORDER BY k.connection_id NULLS LAST LIMIT 1
) k
LEFT JOIN LATERAL (
    SELECT g.scopes FROM connections_credential g
    WHERE g.grant_id = c.grant_id AND g.state = 'current' AND g.connection_id IS NULL LIMIT 1
) g ON true
LEFT JOIN connections_egressroute r ON r.connection_id = c.id AND r.closed_at IS NULL AND r.until > %(at)s
WHERE c.id = ANY (%(wanted)s)
"""


def load(jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
    """Return each job's work with its account and credential: one query for all of them."""
    wanted = list({job.connection for job in jobs if job.connection})
    accounts = {row[0]: _Account(*row) for row in ask(_ACCOUNTS, {"wanted": wanted, "at": at})}
    ended = _renewable(accounts.values(), at)
    return {job.pk: _work(job, accounts.get(job.connection or job.pk), ended, at) for job in jobs}


def _work(job: Job, account: _Account | None, ended: Collection[UUID], at: datetime) -> Work:
    if account is None:
        return Work(job=job, at=at, failure=nothing_to_call(job))
    if misplaced := stage.misplaced(job, account.run):
        return Work(job=job, at=at, failure=misplaced)
    if account.credential in ended:
        return Work(job=job, at=at, failure=_ended(job), credential_version=account.version)
    return Work(job=job, at=at, facts=_facts(account), credential_version=account.version)


def _renewable(accounts: Iterable[_Account], at: datetime) -> set[UUID]:
    """Return the credentials that are over and can be renewed."""
    over = [one.credential for one in accounts if lifetimes.has_ended(one.expires_at, at=at)]
    if not over:
        return set()
    rows = Credential.objects.select_related("grant").filter(pk__in=over)
    return {row.pk for row in rows if renewal.is_possible(row, at=at)}


def _facts(account: _Account) -> Facts:
    where = _stage(account)
    access, refresh = where.tokens.of_account if where else _tokens(account)
    return Facts(
        account.platform,
        connector_for(account.platform),
        AccountFacts(account.type, account.external_id, account.name, json.loads(account.details)),
        access,
        refresh,
        stage=where,
        scopes=frozenset(json.loads(account.scopes)),
    )


def _tokens(account: _Account) -> tuple[str, str]:
    key = account.credential
    return (
        crypto.decrypt(account.access, context=f"{key}:access"),
        crypto.decrypt(account.refresh, context=f"{key}:refresh") if account.refresh else "",
    )


def _stage(account: _Account) -> Stage | None:
    if account.route is None or account.run is None:
        return None
    kept = Pass.opened(account.stage_tokens, account.route)
    return kept.stage(account.run, account.stage_url, spoilt=account.version <= account.stage_version)


def nothing_to_call(job: Job) -> Outcome:
    """The connection was disconnected meanwhile: only a person can connect it again."""
    found = Classification(
        code=ErrorCode.AUTH_REVOKED,
        platform=job.platform,
        rule_id="system.disconnected",
        confidence=Confidence.EXACT,
    )
    return Outcome(verdict=Verdict.FAILURE, classification=found)


def _ended(job: Job) -> Outcome:
    """Its token is over and can be renewed: the partner need not be asked to refuse it."""
    found = Classification(
        code=ErrorCode.AUTH_EXPIRED,
        platform=job.platform,
        rule_id="system.token_ended",
        confidence=Confidence.EXACT,
        scope=Scope.GRANT,
    )
    return Outcome(verdict=Verdict.FAILURE, classification=found)


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


def step_outcome(result: StepResult, step: Step, steps: Sequence[Step]) -> Outcome:
    """Translate the end of a step."""
    answer = result.answer
    outcome = Outcome(
        verdict=Verdict.SUCCESS,
        # What is begun anew from the commit point was refused there: nothing of it is public yet.
        committed=step.commit and not result.restart_at,
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
    return NextStep(step.name, at_commit=step.commit, calls=step.calls)


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
