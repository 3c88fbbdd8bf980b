"""What follows from decisions, in the transaction that settles them: owners, kinds, dead letters, brakes, wishes, events."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.errors import record
from apps.errors.codes import ErrorCode, ErrorSeverity
from apps.errors.decide import Decision, Verb
from apps.events import log
from apps.jobs import brakes, owners
from apps.jobs.choices import JobState
from apps.jobs.kinds import KINDS, Settlement
from apps.jobs.models import DeadLetter, Job


@dataclass(frozen=True, slots=True)
class Decided:
    """A finished attempt, what becomes of its job, and the columns that say so."""

    settlement: Settlement
    decision: Decision
    columns: Mapping[str, Any]

    @property
    def job(self) -> Job:
        """The row as it was claimed."""
        return self.settlement.job


def carry_out(changed: Sequence[Decided], wishes: Mapping[UUID, bool], at: datetime) -> None:
    """Do all that follows for the jobs whose rows were still ours; `wishes` says whose author wants to cancel."""
    _call_owners(changed, at)
    _finish(changed, at)
    brakes.apply([brakes.call_of(one.job, one.settlement.outcome, one.decision) for one in changed], at)
    _cancel_as_wished([one for one in changed if wishes[one.job.id]], at)
    _remember(changed, at)
    log.record_many([event for one in changed for event in _events(one, at)])


def _call_owners(changed: Sequence[Decided], at: datetime) -> None:
    by_action: dict[str, list[owners.Finding]] = defaultdict(list)
    for one in changed:
        if one.decision.action and one.decision.classification:
            finding = owners.Finding(one.job, one.decision.classification, one.settlement.credential_version)
            by_action[one.decision.action].append(finding)
    for action, findings in by_action.items():
        owners.OWNERS.get(action)(findings, at=at)


def _finish(changed: Sequence[Decided], at: datetime) -> None:
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


def _dead_letter(one: Decided, at: datetime) -> DeadLetter:
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


def _remember(changed: Sequence[Decided], at: datetime) -> None:
    failures = [
        record.Recorded(found, said, operation=one.job.kind)
        for one in changed
        if (found := one.settlement.outcome.classification) and (said := one.settlement.outcome.said)
    ]
    if failures:
        record.record(failures, at=at)


def _cancel_as_wished(wished: Sequence[Decided], at: datetime) -> None:
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


def _events(one: Decided, at: datetime) -> list[log.NewEvent]:
    found = one.settlement.outcome.classification
    verbs = ["error.classified"] if found else []
    if found and found.entry.severity is ErrorSeverity.CRITICAL:
        verbs.append("error.critical")
    if one.decision.verb in _VERBS:
        verbs.append(_VERBS[one.decision.verb])
    data = {
        "job": str(one.job.id),
        "kind": one.job.kind,
        "platform": one.job.platform,
        "state": one.columns["state"],
    }
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
