"""Settle: carry decisions out, fenced, in one transaction with everything that follows from them."""

import json
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from apps.core import clock
from apps.errors import record
from apps.errors.codes import ErrorCode
from apps.errors.decide import Case, Decision, Verb, decide
from apps.errors.outcome import Outcome, Verdict
from apps.events import log
from apps.jobs import brakes, failpoints, owners, sql, transition
from apps.jobs.choices import DeadLetterReason, HeldFor, JobState
from apps.jobs.kinds import KINDS, CredentialState, HoldReason, OnUnknown, Settlement
from apps.jobs.models import DeadLetter, Job

logger = logging.getLogger(__name__)
CRASH_LIMIT = 3
_RNG = Random()  # noqa: S311 - jitter, no secret


@dataclass(slots=True)
class Settled:
    """What a settle did: whose state changed, and which lanes were busy and must be released again."""

    changed: set[UUID] = field(default_factory=set)
    stale: set[UUID] = field(default_factory=set)
    unreleased: dict[UUID, int] = field(default_factory=dict)  # lane -> fence


@dataclass(frozen=True, slots=True)
class _Decided:
    settlement: Settlement
    decision: Decision
    columns: Mapping[str, Any]

    @property
    def job(self) -> Job:
        return self.settlement.job


def settle(
    runner: UUID, settlements: Sequence[Settlement], *, busy: frozenset[UUID] = frozenset()
) -> Settled:
    """
    Commit finished attempts; lanes in `busy` still have calls in flight and stay ours.

    If the batch fails it is repeated one by one, and the failing one is kept for ops.

    :raises OperationalError: when the database is away; nothing is committed, ask again.
    """
    try:
        return _commit(runner, settlements, busy)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("settle.batch_failed", extra={"size": len(settlements)})
    result = Settled()
    for settlement in settlements:
        _merge(result, _settle_singly(runner, settlement, busy))
    return result


def release(runner: UUID, lanes: Mapping[UUID, int]) -> dict[UUID, int]:
    """Release lanes whose calls have all been settled; return those that were locked by somebody."""
    if not lanes:
        return {}
    with transaction.atomic():
        return _release(runner, lanes, clock.now())


def _merge(total: Settled, part: Settled) -> None:
    total.changed |= part.changed
    total.stale |= part.stale
    total.unreleased |= part.unreleased


def _settle_singly(runner: UUID, settlement: Settlement, busy: frozenset[UUID]) -> Settled:
    try:
        return _commit(runner, [settlement], busy)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("settle.failed", extra={"job": str(settlement.job.id)})
        return _keep_for_ops(runner, settlement)


def _keep_for_ops(runner: UUID, settlement: Settlement) -> Settled:
    """Our own code cannot digest this outcome: hold the job with what we know, it may have gone out."""
    outcome = Outcome(verdict=settlement.outcome.verdict, evidence=settlement.outcome.evidence)
    unproven = settlement.job.at_commit and outcome.verdict in {Verdict.UNKNOWN, Verdict.SUCCESS}
    decision = Decision(Verb.HOLD, reason=HeldFor.OPS, burns=unproven)
    kind = KINDS.get(settlement.job.kind)
    with transaction.atomic():
        at = clock.now()
        row = transition.columns(settlement.job, outcome, decision, kind, at=at, crashed=False)
        row |= {"error_code": ErrorCode.INTERNAL_ERROR.value}
        changed = _write_jobs([{**row, "fence": settlement.fence}])
        _write_attempts([settlement], set(changed), at)
        unreleased = _release(runner, {settlement.job.lane_id: settlement.fence}, at)
    return Settled(set(changed), {settlement.job.id} - set(changed), unreleased)


def _commit(runner: UUID, settlements: Sequence[Settlement], busy: frozenset[UUID]) -> Settled:
    steps = {one.job.step for one in settlements}
    failpoints.reach("before_settle", steps)
    with transaction.atomic():
        at = clock.now()
        decided = _decide_all(settlements, at)
        wishes = _write_jobs([{**one.columns, "fence": one.settlement.fence} for one in decided])
        changed = [one for one in decided if one.job.id in wishes]
        _write_attempts(settlements, set(wishes), at)
        _call_owners(changed, at)
        _finish(changed, at)
        brakes.apply([brakes.call_of(one.job, one.settlement.outcome, one.decision) for one in changed], at)
        _cancel_as_wished([one for one in changed if wishes[one.job.id]], at)
        _remember(changed, at)
        log.record_many([event for one in changed for event in _events(one, at)])
        lanes = {one.job.lane_id: one.settlement.fence for one in decided if one.job.lane_id not in busy}
        unreleased = _release(runner, lanes, at)
        failpoints.reach("in_settle", steps)
    failpoints.reach("after_settle", steps)
    _log_failures(settlements)
    stale = {one.job.id for one in decided} - set(wishes)
    return Settled(set(wishes), stale, unreleased)


def _decide_all(settlements: Sequence[Settlement], at: datetime) -> list[_Decided]:
    states = _credential_states(settlements, at)
    return [_decide(settlement, states[settlement.job.id], at) for settlement in settlements]


def _credential_states(settlements: Sequence[Settlement], at: datetime) -> dict[UUID, CredentialState]:
    by_kind: dict[str, list[tuple[Job, int | None]]] = defaultdict(list)
    for one in settlements:
        by_kind[one.job.kind].append((one.job, one.credential_version))
    return {
        job: state
        for kind, jobs in by_kind.items()
        for job, state in KINDS.get(kind).credentials(jobs, at).items()
    }


def _decide(settlement: Settlement, credential: CredentialState, at: datetime) -> _Decided:
    job, kind = settlement.job, KINDS.get(settlement.job.kind)
    seen = kind.verification(job)
    case = Case(
        attempts=job.attempts,
        throttles=job.throttles,
        looks=job.looks,
        writes=kind.on_unknown is OnUnknown.VERIFY and settings.VERIFY_BEFORE_RESEND,
        at_commit=job.at_commit and job.committed_at is None,
        verifying=job.state == JobState.VERIFYING,
        verifiable=seen.possible,
        unknown_since=job.unknown_since,
        sent_at=job.sent_at,
        window=seen.window,
        waiting_since=job.committed_at,
        longest_processing=seen.longest_processing,
        credential_current=credential.current or not settings.CREDENTIAL_VERSIONS,
        refreshable=credential.refreshable,
        control=HoldReason.CONNECTION in kind.passes,
    )
    decision = decide(settlement.outcome, case, kind.policy, at, rng=_RNG, speed=settings.SPEED)
    if job.crashes + settlement.crashed >= CRASH_LIMIT:
        decision = _after_last_crash(decision, crashed=settlement.crashed)
    if settlement.crashed and decision.at is not None:
        # It was the first of its lane and keeps its place: what waited behind it goes on waiting.
        decision = replace(decision, at=min(decision.at, job.run_at))
    columns = transition.columns(job, settlement.outcome, decision, kind, at=at, crashed=settlement.crashed)
    return _Decided(settlement, decision, columns)


def _after_last_crash(decision: Decision, *, crashed: bool) -> Decision:
    """
    The quarantine died as well: nothing of the job is sent again, only looked for.

    If it died while looking, only a person can tell whether it is out.
    """
    if decision.verb in {Verb.RETRY_AT, Verb.DEAD_LETTER}:
        return Decision(Verb.DEAD_LETTER, reason=DeadLetterReason.CRASHED)
    if crashed and decision.verb is Verb.GIVE_BACK:
        return Decision(Verb.HOLD, reason=HeldFor.UNCONFIRMED)
    return decision


def _rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """One jsonb parameter; jsonb refuses NUL, and partners have sent it."""
    return json.dumps(rows, default=_to_json).replace("\\u0000", "")


def _to_json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _write_jobs(rows: Sequence[Mapping[str, Any]]) -> dict[UUID, bool]:
    """Write the fenced rows; return the ids that were still ours, and whether somebody wished to cancel them."""
    statement = sql.SETTLE_JOBS if settings.FENCING else sql.SETTLE_JOBS.replace("AND j.fence = r.fence", "")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"rows": _rows(rows)})
        return dict(cursor.fetchall())


def _write_attempts(settlements: Sequence[Settlement], changed: set[UUID], at: datetime) -> None:
    fresh = [_attempt_row(one) for one in settlements if one.job.id in changed]
    late = [
        {
            "id": one.attempt,
            "evidence": f"{one.outcome.verdict} {one.outcome.remote_id} {one.outcome.evidence}"[:4096],
        }
        for one in settlements
        if one.job.id not in changed
    ]
    with connection.cursor() as cursor:
        if fresh:
            cursor.execute(sql.SETTLE_ATTEMPTS, {"rows": _rows(fresh), "at": at})
        if late:
            cursor.execute(sql.LATE_EVIDENCE, {"rows": _rows(late)})


def _attempt_row(one: Settlement) -> dict[str, Any]:
    found = one.outcome.classification
    return {
        "id": one.attempt,
        "outcome": one.outcome.verdict,
        "sent_at": one.sent_at,
        "credential_version": one.credential_version,
        "error_code": found.code.value if found else "",
        "rule_id": found.rule_id if found else "",
        "confidence": found.confidence if found else "",
        "http_status": one.outcome.http_status,
        "latency_ms": one.latency_ms,
        "request_id": (found.partner_request_id or "") if found else "",
        "evidence": one.outcome.evidence,
    }


def _call_owners(changed: Sequence[_Decided], at: datetime) -> None:
    by_action: dict[str, list[owners.Finding]] = defaultdict(list)
    for one in changed:
        if one.decision.action and one.decision.classification:
            finding = owners.Finding(one.job, one.decision.classification, one.settlement.credential_version)
            by_action[one.decision.action].append(finding)
    for action, findings in by_action.items():
        owners.OWNERS.get(action)(findings, at=at)


def _finish(changed: Sequence[_Decided], at: datetime) -> None:
    for one in changed:
        kind = KINDS.get(one.job.kind)
        # A copy: when the commit is lost, the settlement is repeated and must be decided from what was claimed.
        job = copy(one.job)
        for name in ("state", "remote_id", "permalink", "error_code", "held_for"):
            setattr(job, name, one.columns[name] or getattr(job, name))
        kind.settled(job, one.settlement.outcome, one.decision, at)
        if one.decision.verb in {Verb.DEAD_LETTER, Verb.FAIL, Verb.FAIL_CONTENT}:
            kind.given_up(job, one.decision, at)
    letters = [
        _dead_letter(one, at)
        for one in changed
        if one.decision.verb is Verb.DEAD_LETTER and KINDS.get(one.job.kind).dead_letters
    ]
    DeadLetter.objects.bulk_create(letters)


def _dead_letter(one: _Decided, at: datetime) -> DeadLetter:
    found = one.decision.classification
    return DeadLetter(
        job=one.job,
        tenant_id=one.job.tenant_id,
        connection=one.job.connection,
        platform=one.job.platform,
        kind=one.job.kind,
        payload=one.job.args,
        reason=one.decision.reason,
        error_code=found.code.value if found else one.columns["error_code"] or ErrorCode.UNKNOWN.value,
        action=found.action.value if found else "",
        rule_id=found.rule_id if found else "",
        message=(found.partner_message or "") if found else "",
        evidence=one.settlement.outcome.evidence,
        retries=one.columns["attempts"],
        first_attempt_at=one.job.created_at,
        last_attempt_at=at,
        created_at=at,
    )


def _log_failures(settlements: Sequence[Settlement]) -> None:
    for one in settlements:
        if found := one.outcome.classification:
            logger.info(
                "attempt.failed job=%s attempt=%s code=%s rule=%s confidence=%s status=%s request_id=%s evidence=%s",
                one.job.id,
                one.attempt,
                found.code,
                found.rule_id,
                found.confidence,
                one.outcome.http_status,
                found.partner_request_id or "-",
                json.dumps(dict(found.evidence)),
            )


def _remember(changed: Sequence[_Decided], at: datetime) -> None:
    failures = [
        record.Recorded(found, said, operation=one.job.kind)
        for one in changed
        if (found := one.settlement.outcome.classification) and (said := one.settlement.outcome.said)
    ]
    if failures:
        record.record(failures, at=at)


def _cancel_as_wished(wished: Sequence[_Decided], at: datetime) -> None:
    """A wish to cancel takes effect when the outcome turned out to be "not published"."""
    ids = [
        one.job.id
        for one in wished
        if one.columns["state"] == JobState.QUEUED and one.columns["committed_at"] is None
    ]
    Job.objects.across_tenants().filter(id__in=ids, state=JobState.QUEUED).update(
        state=JobState.CANCELLED, finished_at=at
    )


_VERBS = {
    Verb.SUCCEED: "job.succeeded",
    Verb.FAIL: "job.failed",
    Verb.FAIL_CONTENT: "job.failed",
    Verb.DEAD_LETTER: "error.dead_lettered",
    Verb.HOLD: "job.held",
    Verb.VERIFY_AT: "job.verifying",
    Verb.RETRY_AT: "error.retry_scheduled",
}


def _events(one: _Decided, at: datetime) -> list[log.NewEvent]:
    verbs = ["error.classified"] if one.settlement.outcome.classification else []
    if one.decision.verb in _VERBS:
        verbs.append(_VERBS[one.decision.verb])
    data = {
        "job": str(one.job.id),
        "kind": one.job.kind,
        "platform": one.job.platform,
        "state": one.columns["state"],
    }
    found = one.settlement.outcome.classification
    if found:
        data |= {"code": found.code.value, "rule": found.rule_id}
    subject = f"connection:{one.job.connection}" if one.job.connection else f"job:{one.job.id}"
    return [
        log.NewEvent(
            verb=verb,
            tenant=one.job.tenant_id,
            subject=subject,
            actor="system:engine",
            at=at,
            cycle=one.job.cycle,
            data=data,
        )
        for verb in verbs
    ]


def _release(runner: UUID, lanes: Mapping[UUID, int], at: datetime) -> dict[UUID, int]:
    rows = json.dumps([{"lane": str(lane), "fence": fence} for lane, fence in lanes.items()])
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK_LEASED, {"rows": rows, "runner": runner})
        free = [row[0] for row in cursor.fetchall()]
        if free:
            cursor.execute(sql.RELEASE, {"lanes": free, "at": at})
        if len(free) == len(lanes):
            return {}
        cursor.execute(sql.STILL_LEASED, {"rows": rows, "runner": runner})
        still = {row[0] for row in cursor.fetchall()}
    return {lane: lanes[lane] for lane in still - set(free)}


def unknown(evidence: str = "") -> Outcome:
    """The outcome of an attempt whose process died: sent or not, nobody knows."""
    return Outcome(verdict=Verdict.UNKNOWN, evidence=evidence)
