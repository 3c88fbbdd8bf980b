"""Park lanes that only we can free: our app, our version, our certificate, or a block against the account."""

from collections.abc import Sequence
from datetime import datetime

from apps.errors import messages
from apps.errors.classification import Scope
from apps.errors.taxonomy import get_taxonomy_entry
from apps.events import log
from apps.jobs.actions.hold import hold
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Lane
from apps.jobs.owners import Finding


def escalate(findings: Sequence[Finding], *, at: datetime) -> None:
    """Own ESCALATE_OPS: hold the platform when the cause is our app, else the connection's lane."""
    for finding in findings:
        found, job = finding.classification, finding.job
        whole_app = found.scope is Scope.APP
        scope = (
            f"platform:{job.platform}"
            if whole_app
            else f"lane:{Lane.objects.across_tenants().get(pk=job.lane_id).key}"
        )
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
                tenant=None if whole_app else job.tenant_id,
                subject=scope,
                actor="system:engine",
                at=at,
                data={
                    "code": found.code,
                    "rule": found.rule_id,
                    "runbook": get_taxonomy_entry(found.code).runbook,
                },
            )
