"""Stop a connection the moment a partner says that it cannot go on; runs inside the settling transaction."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django_fsm import can_proceed

from apps.connections.choices import STOPPED, ConnectionStatus
from apps.connections.models import STATUS_FIELDS, Connection
from apps.errors.classification import Classification, Scope
from apps.errors.codes import ErrorCode
from apps.events import log
from apps.jobs.actions.hold import hold
from apps.jobs.kinds import HoldReason
from apps.jobs.owners import Finding
from apps.recovery.actions.check import check_soon
from apps.recovery.guard import covering_findings, hold_connections
from apps.recovery.words import build_pause_reason

ACTOR = "system:auto_pause"
# A partner's slip can look like these two; whoever lacks a permission can read all the same.
CONFIRMED_ONCE = frozenset({ErrorCode.AUTH_INVALID, ErrorCode.AUTH_EXPIRED})


def pause_after(findings: Sequence[Finding], *, at: datetime) -> None:
    """Own PAUSE_RECONNECT: pause each connection that a finding is about, or hold it when an incident covers that."""
    covered = covering_findings(findings)
    connections = {
        one.pk: one
        for one in Connection.objects.across_tenants().filter(
            pk__in={one.job.connection for one in findings if one.job.connection}
        )
    }
    seen = set()
    for finding in findings:
        connection = connections.get(finding.job.connection) if finding.job.connection else None
        if connection is None or connection.pk in seen:
            continue
        seen.add(connection.pk)
        incident = covered.get(finding.job.pk)
        if incident and connection.status == ConnectionStatus.ACTIVE:
            hold_connections(incident, _concerned(connection, finding.classification), finding, at=at)
        else:
            auto_pause(connection, finding.classification, at=at)


@transaction.atomic
def auto_pause(connection: Connection, classification: Classification, *, at: datetime) -> list[Connection]:
    """
    Stop the connection and, when the grant itself is dead, every connection that it serves.

    Nothing new starts on them: the hold is committed together with the status. Their jobs are held, not failed.
    """
    whole_grant = classification.scope is Scope.GRANT
    rows = Connection.objects.across_tenants().select_for_update(no_key=True).order_by("pk")
    affected = rows.filter(grant=connection.grant_id) if whole_grant else rows.filter(pk=connection.pk)
    stopped = [one for one in affected if _stop(one, classification, at)]
    if not stopped and connection.status not in STOPPED:
        return []
    hold(
        scope=f"grant:{connection.grant_id}" if whole_grant else f"lane:{connection.lane_key}",
        reason=HoldReason.CONNECTION,
        at=at,
        who="the tenant's people",
        sentence=build_pause_reason(classification.code, connection),
    )
    if stopped and classification.code in CONFIRMED_ONCE:
        check_soon(connection, at=at, why="confirmation")
    return stopped


def _concerned(connection: Connection, found: Classification) -> Sequence[Connection]:
    """Return the connections that a refusal of this scope stops."""
    if found.scope is not Scope.GRANT:
        return [connection]
    return list(
        Connection.objects.across_tenants().filter(grant=connection.grant_id, status=ConnectionStatus.ACTIVE)
    )


def _stop(connection: Connection, found: Classification, at: datetime) -> bool:
    """Change the status and tell of it; False when it is stopped as much already."""
    revoked = found.entry.pauses_to == ConnectionStatus.REVOKED
    stop = connection.lose_access if revoked else connection.need_attention
    if not can_proceed(stop):
        return False
    stop(reason=found.code, detail=found.partner_message[:500], at=at)
    connection.save(update_fields=STATUS_FIELDS)
    log.record(
        "connection.revoked" if revoked else "connection.paused",
        tenant=connection.tenant_id,
        subject=f"connection:{connection.pk}",
        actor=ACTOR,
        at=at,
        data={"code": found.code, "rule": found.rule_id, "by": connection.paused_by},
    )
    return True
