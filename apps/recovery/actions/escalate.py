"""Park lanes that only we can free: our app, our version, our certificate, or a block against the account."""

from collections.abc import Sequence
from datetime import datetime

from apps.errors import messages
from apps.errors.taxonomy import get_taxonomy_entry
from apps.events import log
from apps.jobs.actions.hold import hold
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Lane
from apps.jobs.owners import Finding
from apps.recovery.actions.open_incident import hold_platform, open_incident
from apps.recovery.choices import Family
from apps.recovery.guard import covering
from apps.recovery.incidents import Cause, cause_of_finding


def escalate(findings: Sequence[Finding], *, at: datetime) -> None:
    """Own ESCALATE_OPS: an incident when the cause is our app, which holds the partner; else the connection's lane."""
    for finding in findings:
        cause = cause_of_finding(finding.classification, finding.job.platform)
        if cause and cause.family is Family.APP:
            _stop_platform(cause, finding, at)
        else:
            _park(finding, at)


def _stop_platform(cause: Cause, finding: Finding, at: datetime) -> None:
    incident = covering([cause]).get(cause)
    if incident:
        hold_platform(incident, at=at)
    else:
        open_incident(cause, [], codes={finding.classification.code: 1}, first_seen=at, at=at)


def _park(finding: Finding, at: datetime) -> None:
    found, job = finding.classification, finding.job
    scope = f"lane:{Lane.objects.across_tenants().get(pk=job.lane_id).key}"
    opened = hold(
        scope=scope,
        reason=HoldReason.OPS,
        sentence=messages.OPERATOR[found.code],
        who="operations",
        at=at,
    )
    if opened:
        log.record(
            "lane.parked",
            tenant=job.tenant_id,
            subject=scope,
            actor="system:engine",
            at=at,
            data={
                "code": found.code,
                "rule": found.rule_id,
                "runbook": get_taxonomy_entry(found.code).runbook,
            },
        )
