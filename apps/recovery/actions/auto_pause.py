"""Stop a connection the moment a partner says that it cannot go on; runs inside the settling transaction."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.connections.choices import STOPPED, ConnectionStatus
from apps.connections.models import STATUS_FIELDS, Connection
from apps.errors.classification import Classification, Scope
from apps.events import log
from apps.jobs.actions.hold import hold
from apps.jobs.kinds import HoldReason
from apps.jobs.owners import Finding
from apps.recovery.actions.hold_for_operations import hold_for_operations
from apps.recovery.words import build_pause_reason
from apps.tenants import flags
from apps.tenants.choices import Flag

ACTOR = "system:auto_pause"


def pause_after(findings: Sequence[Finding], *, at: datetime) -> None:
    """Own PAUSE_RECONNECT: pause each connection that a finding is about, unless its tenant wants no auto-pause."""
    unwanted = flags.off_among({finding.job.tenant_id for finding in findings}, Flag.RECOVERY_AUTOPAUSE)
    seen = set()
    for finding in findings:
        if finding.job.connection and finding.job.connection not in seen:
            seen.add(finding.job.connection)
            connection = Connection.objects.across_tenants().get(pk=finding.job.connection)
            if connection.tenant_id in unwanted:
                hold_for_operations(connection, finding.classification, at=at)
            else:
                auto_pause(connection, finding.classification, at=at)


@transaction.atomic
def auto_pause(connection: Connection, classification: Classification, *, at: datetime) -> list[Connection]:
    """
    Stop the connection and, when the grant itself is dead, every connection that it serves.

    Nothing new starts on them: the hold is committed together with the status. Their jobs are held, not failed.
    """
    whole_grant = classification.scope is Scope.GRANT
    rows = Connection.objects.across_tenants().select_for_update().order_by("pk")
    affected = rows.filter(grant=connection.grant_id) if whole_grant else rows.filter(pk=connection.pk)
    stopped = [one for one in affected if one.status == ConnectionStatus.ACTIVE]
    scope = f"grant:{connection.grant_id}" if whole_grant else f"lane:{connection.lane_key}"
    if not stopped and connection.status not in STOPPED:
        return []
    for one in stopped:
        _stop(one, classification, at)
    hold(
        scope=scope,
        reason=HoldReason.CONNECTION,
        at=at,
        who="the tenant's people",
        sentence=build_pause_reason(classification.code, connection),
    )
    return stopped


def _stop(connection: Connection, classification: Classification, at: datetime) -> None:
    detail = classification.partner_message[:500]
    if classification.entry.pauses_to == ConnectionStatus.REVOKED:
        connection.lose_access(reason=classification.code, detail=detail, at=at)
    else:
        connection.need_attention(reason=classification.code, detail=detail, at=at)
    connection.save(update_fields=STATUS_FIELDS)
    verb = "connection.revoked" if connection.status == ConnectionStatus.REVOKED else "connection.paused"
    log.record(
        verb,
        tenant=connection.tenant_id,
        subject=f"connection:{connection.pk}",
        actor=ACTOR,
        at=at,
        data={"code": classification.code, "rule": classification.rule_id, "by": "auto"},
    )
