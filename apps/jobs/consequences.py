"""What follows from decisions, in the transaction that settles them: owners, kinds, dead letters, brakes, wishes, events."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.errors import record
from apps.errors.codes import ErrorSeverity
from apps.errors.decide import Verb
from apps.errors.outcome import Look
from apps.events import log
from apps.jobs import brakes, letters, metrics, owners
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.decided import Decided
from apps.jobs.kinds import KINDS
from apps.jobs.models import Job


def carry_out(changed: Sequence[Decided], wishes: Mapping[UUID, bool], at: datetime) -> None:
    """Do all that follows for the jobs whose rows were still ours; `wishes` says whose author wants to cancel."""
    _call_owners(changed, at)
    _finish(changed, at)
    brakes.apply([brakes.call_of(one.job, one.settlement.outcome, one.decision, at) for one in changed], at)
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
        job = _as_settled(one)
        kind.settled(job, one.settlement.outcome, one.decision, at)
        if one.decision.verb in {Verb.DEAD_LETTER, Verb.FAIL, Verb.FAIL_CONTENT}:
            kind.given_up(job, one.decision, at)
    letters.write(changed, at)


def _as_settled(one: Decided) -> Job:
    """Return a copy: when the commit is lost, the settlement is repeated and must be decided from what was claimed."""
    job = Job.__new__(Job)  # copy() goes through Django's pickling, which is slow for every job
    job.__dict__.update(one.job.__dict__)
    for name in ("state", "remote_id", "permalink", "error_code", "held_for"):
        setattr(job, name, one.columns[name] or getattr(job, name))
    return job


def _remember(changed: Sequence[Decided], at: datetime) -> None:
    failures = [
        record.Recorded(found, said, operation=one.job.kind)
        for one in changed
        if (found := one.settlement.outcome.classification) and (said := one.settlement.outcome.said)
    ]
    if failures:
        record.record(failures, at=at)


def _cancel_as_wished(wished: Sequence[Decided], at: datetime) -> None:
    """A wish to cancel takes effect when the outcome turned out to be "not published", between two steps as well."""
    jobs = [one.job for one in wished if _is_certainly_not_out(one)]
    Job.objects.across_tenants().filter(id__in=[job.id for job in jobs]).update(
        state=JobState.CANCELLED, finished_at=at, held_for=""
    )
    for job in jobs:
        KINDS.get(job.kind).cancelled(job, at)
    metrics.count_ended(jobs, JobState.CANCELLED)
    log.record_many([_cancelled(job, at) for job in jobs])


def _is_certainly_not_out(one: Decided) -> bool:
    waits = one.columns["state"] in {JobState.QUEUED, JobState.WAITING}
    return one.columns["committed_at"] is None and (waits or one.columns["held_for"] == HeldFor.APPROVAL)


def _cancelled(job: Job, at: datetime) -> log.NewEvent:
    return log.NewEvent(
        verb="job.cancelled",
        tenant=job.tenant_id,
        subject=f"job:{job.id}",
        actor="system:engine",  # who wished it is not known any more
        at=at,
        cycle=job.cycle,
        data={"job": str(job.id)},
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


def _end_of(one: Decided) -> dict[str, Any]:
    """What whoever follows a job wants to know of its end, or of its next try."""
    if one.decision.verb is Verb.RETRY_AT:
        return {"next_try_at": one.columns["run_at"].isoformat()}
    if one.decision.verb is Verb.DEAD_LETTER:
        return {"reason": one.decision.reason}
    if one.decision.verb is not Verb.SUCCEED:
        return {}
    # Found where it was looked for: sent again, it would be there twice.
    found = {"found": True} if one.settlement.outcome.look is Look.FOUND else {}
    named = {name: one.columns[name] or getattr(one.job, name) for name in ("remote_id", "permalink")}
    return {**found, **named} if named["remote_id"] else found


def _events(one: Decided, at: datetime) -> list[log.NewEvent]:
    found = one.settlement.outcome.classification
    verbs = ["error.classified"] if found else []
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
    data |= _end_of(one)
    if found and found.entry.severity is ErrorSeverity.CRITICAL and one.job.error_code != found.code:
        verbs.append("error.critical")  # once a job, however often it meets it
        data |= {"runbook": found.entry.runbook}
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
