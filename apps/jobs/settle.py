"""Settle: carry decisions out, fenced, in one transaction with everything that follows from them."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from apps.core import clock, tracing
from apps.core.chance import RNG
from apps.errors.codes import ErrorCode
from apps.errors.decide import Case, Decision, Verb
from apps.errors.outcome import Outcome, Verdict
from apps.events import log
from apps.jobs import buckets, failpoints, lines, live, metrics, owners, rows, transition
from apps.jobs.choices import DeadLetterReason, HeldFor, JobState
from apps.jobs.consequences import carry_out
from apps.jobs.decided import Decided
from apps.jobs.kinds import KINDS, CredentialState, HoldReason, OnUnknown, Settlement, is_public
from apps.jobs.models import Job

logger = logging.getLogger(__name__)
CRASH_LIMIT = 3


@dataclass(slots=True)
class Settled:
    """What a settle did: whose state changed, and which lanes were busy and must be released again."""

    changed: set[UUID] = field(default_factory=set)
    stale: set[UUID] = field(default_factory=set)
    unreleased: dict[UUID, int] = field(default_factory=dict)  # lane -> fence


def settle(
    runner: UUID, settlements: Sequence[Settlement], *, busy: frozenset[UUID] = frozenset()
) -> Settled:
    """
    Commit finished attempts; lanes in `busy` still have calls in flight and stay ours.

    If the batch fails it is repeated one by one, and the failing one is kept for ops.

    :raises OperationalError: when the database is away; nothing is committed, ask again.
    """
    try:
        with tracing.during("settle", jobs=len(settlements)):
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
        return rows.release(runner, lanes, clock.now())


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
        changed = rows.write_jobs([{**row, "fence": settlement.fence}])
        rows.write_attempts([settlement], set(changed), at)
        _tell_operations(settlement.job, at)
        unreleased = rows.release(runner, {settlement.job.lane_id: settlement.fence}, at)
    return Settled(set(changed), {settlement.job.id} - set(changed), unreleased)


def _tell_operations(job: Job, at: datetime) -> None:
    log.record(
        "error.critical",
        tenant=job.tenant_id,
        subject=f"job:{job.id}",
        actor="system:engine",
        at=at,
        cycle=job.cycle,
        data={
            "job": str(job.id),
            "kind": job.kind,
            "platform": job.platform,
            "code": ErrorCode.INTERNAL_ERROR,
        },
    )


def _commit(runner: UUID, settlements: Sequence[Settlement], busy: frozenset[UUID]) -> Settled:
    steps = {one.job.step for one in settlements}
    failpoints.reach("before_settle", steps)
    with transaction.atomic():
        at = clock.now()
        decided = _decide_all(settlements, at)
        wishes = rows.write_jobs([{**one.columns, "fence": one.settlement.fence} for one in decided])
        changed = [one for one in decided if one.job.id in wishes]
        rows.write_attempts(settlements, set(wishes), at)
        carry_out(changed, wishes, at)
        buckets.correct(one.settlement for one in changed)
        lanes = {one.job.lane_id: one.settlement.fence for one in decided if one.job.lane_id not in busy}
        unreleased = rows.release(runner, lanes, at)
        failpoints.reach("in_settle", steps)
    failpoints.reach("after_settle", steps)
    metrics.count_settled(changed)
    stale = {one.job.id for one in decided} - set(wishes)
    lines.log_attempts(decided, stale=stale)
    return Settled(set(wishes), stale, unreleased)


def _decide_all(settlements: Sequence[Settlement], at: datetime) -> list[Decided]:
    # Whether the credential is still the current one matters only to errors: successes cost no query.
    states = _credential_states([one for one in settlements if one.outcome.classification], at)
    decisions = [_decide(one, states.get(one.job.id, CredentialState()), at) for one in settlements]
    spared = _spared(settlements, decisions, at)
    return [
        _decided(one, _once_public(one.job, spared.get(one.job.id, decision)), at)
        for one, decision in zip(settlements, decisions, strict=True)
    ]


def _spared(
    settlements: Sequence[Settlement], decisions: Sequence[Decision], at: datetime
) -> dict[UUID, Decision]:
    """What a shield keeps from the dead letters goes back to its place, unburnt; a hold says why it waits."""
    ending = {
        one.job.id: owners.Finding(one.job, decision.classification, one.credential_version)
        for one, decision in zip(settlements, decisions, strict=True)
        if decision.verb is Verb.DEAD_LETTER
        and decision.classification
        and KINDS.get(one.job.kind).dead_letters
    }
    if not ending:
        return {}
    shields = [owners.SHIELDS.get(name) for name in owners.SHIELDS.names()]
    kept = {job for shield in shields for job in shield(list(ending.values()), at=at)}
    return {job: Decision(Verb.GIVE_BACK, classification=ending[job].classification) for job in kept}


def _credential_states(settlements: Sequence[Settlement], at: datetime) -> dict[UUID, CredentialState]:
    by_kind: dict[str, list[tuple[Job, int | None]]] = defaultdict(list)
    for one in settlements:
        by_kind[one.job.kind].append((one.job, one.credential_version))
    return {
        job: state
        for kind, jobs in by_kind.items()
        for job, state in KINDS.get(kind).credentials(jobs, at).items()
    }


def _decide(settlement: Settlement, credential: CredentialState, at: datetime) -> Decision:
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
        waits_for_ops=kind.waits_for_ops,
    )
    policy = live.policy_of(kind, job.platform)
    decision = kind.decide(settlement.outcome, case, policy, at, rng=RNG, speed=settings.SPEED)
    if job.crashes + settlement.crashed >= CRASH_LIMIT:
        decision = _after_last_crash(decision, crashed=settlement.crashed)
    if settlement.crashed and decision.at is not None:
        # It was the first of its lane and keeps its place: what waited behind it goes on waiting.
        decision = replace(decision, at=min(decision.at, job.run_at))
    return decision


def _decided(settlement: Settlement, decision: Decision, at: datetime) -> Decided:
    job, kind = settlement.job, KINDS.get(settlement.job.kind)
    columns = transition.columns(job, settlement.outcome, decision, kind, at=at, crashed=settlement.crashed)
    return Decided(settlement, decision, columns)


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


def _once_public(job: Job, decision: Decision) -> Decision:
    """
    Past its commit point a post is no dead letter: a replay would begin it anew, and it would be there twice.

    Where nobody can see how it ended, a person says so.
    """
    if decision.verb is Verb.DEAD_LETTER and is_public(job):
        return replace(decision, verb=Verb.HOLD, reason=HeldFor.UNCONFIRMED, burns=False)
    return decision


def unknown(evidence: str = "") -> Outcome:
    """The outcome of an attempt whose process died: sent or not, nobody knows."""
    return Outcome(verdict=Verdict.UNKNOWN, evidence=evidence)
