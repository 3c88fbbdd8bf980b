"""Stop connections the moment a partner says that they cannot go on; runs inside the settling transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django_fsm import can_proceed

from apps.connections.choices import REFUSED, STOPPED, ConnectionStatus
from apps.connections.models import STATUS_FIELDS, Connection
from apps.errors.classification import Classification, Scope
from apps.errors.codes import ErrorCode
from apps.events import log
from apps.jobs.actions.hold import hold_many
from apps.jobs.kinds import HoldReason
from apps.jobs.owners import Finding
from apps.recovery.actions.check import check
from apps.recovery.actions.hold_for_operations import hold_for_operations
from apps.recovery.guard import covering_findings, hold_connections
from apps.recovery.models import Incident
from apps.recovery.words import build_pause_reason
from apps.tenants import flags
from apps.tenants.choices import Flag

ACTOR = "system:auto_pause"
# A partner's slip can look like these two; whoever lacks a permission can read all the same.
CONFIRMED_ONCE = frozenset({ErrorCode.AUTH_INVALID, ErrorCode.AUTH_EXPIRED})
CONFIRMATION = "confirmation"

Refusals = Sequence[tuple[Connection, Classification]]


def pause_after(findings: Sequence[Finding], *, at: datetime) -> None:
    """
    Own PAUSE_RECONNECT: pause what the findings are about, or hold it when an incident covers that.

    What a tenant without auto-pause owns is held for operations instead; its status stays.
    """
    covered = covering_findings(findings)
    refusals = {one.job.connection: one for one in reversed(findings) if one.job.connection}
    single: list[tuple[Connection, Classification]] = []
    held: dict[UUID, list[tuple[Connection, Classification]]] = defaultdict(list)
    for connection in Connection.objects.across_tenants().filter(pk__in=refusals):
        finding = refusals[connection.pk]
        incident = covered.get(finding.job.pk)
        if incident and connection.status == ConnectionStatus.ACTIVE:
            held[incident.pk].append((connection, finding.classification))
        else:
            single.append((connection, finding.classification))
    incidents: dict[UUID, Incident] = {one.pk: one for one in covered.values()}
    for pk, found in held.items():
        hold_connections(incidents[pk], _with_siblings(found), at=at)
    stop_many(single, at=at)


def stop_many(refusals: Refusals, *, at: datetime, told: bool = False) -> list[Connection]:
    """
    Pause these, or hold for operations what a tenant without auto-pause owns; return what was paused.

    `told`: the partner said so unasked, and signed. That is no refusal which may be its mistake, so no incident takes it back.
    """
    unwanted = flags.off_among({one.tenant_id for one, _ in refusals}, Flag.RECOVERY_AUTOPAUSE)
    for connection, why in refusals:
        if connection.tenant_id in unwanted:
            hold_for_operations(connection, why, at=at, told=told)
    wanted = [pair for pair in refusals if pair[0].tenant_id not in unwanted]
    return auto_pause_many(wanted, at=at, told=told)


def auto_pause(connection: Connection, classification: Classification, *, at: datetime) -> list[Connection]:
    """
    Stop the connection and, when the grant itself is dead, every connection that it serves.

    Nothing new starts on them: the hold is committed together with the status. Their jobs are held, not failed.
    """
    return auto_pause_many([(connection, classification)], at=at)


@transaction.atomic
def auto_pause_many(refusals: Refusals, *, at: datetime, told: bool = False) -> list[Connection]:
    """Stop these connections as `auto_pause` does, with as many questions as for one; see `stop_many` for `told`."""
    if not refusals:
        return []
    found = {connection.pk: why for connection, why in refusals}
    by_grant = {one.grant_id: why for one, why in refusals if why.scope is Scope.GRANT}
    rows = list(
        Connection.objects.across_tenants()
        .select_for_update(of=("self",), no_key=True)
        .filter(Q(pk__in=found) | Q(grant__in=by_grant))
        .order_by("pk")
    )
    why_of = {one.pk: found.get(one.pk) or by_grant[one.grant_id] for one in rows}
    stopped = [one for one in rows if _stop(one, why_of[one.pk], at)]
    confirmed = [one for one in rows if told and one.status in REFUSED and not one.partner_told]
    for one in confirmed:
        one.partner_told = True
    Connection.objects.across_tenants().bulk_update({*stopped, *confirmed}, STATUS_FIELDS)
    log.record_many([_event(one, why_of[one.pk], at) for one in stopped])
    hold_many(
        {
            _scope(one, why_of[one.pk]): build_pause_reason(why_of[one.pk].code, one)
            for one in rows
            if one.pk in found and one.status in STOPPED
        },
        reason=HoldReason.CONNECTION,
        who="the tenant's people",
        at=at,
    )
    doubtful = [one for one in stopped if one.pk in found and why_of[one.pk].code in CONFIRMED_ONCE]
    check(doubtful, why=CONFIRMATION, at=at, soon=True)
    return stopped


def _scope(connection: Connection, why: Classification) -> str:
    if why.scope is Scope.GRANT:
        return f"grant:{connection.grant_id}"
    return f"lane:{connection.lane_key}"


def _with_siblings(refusals: Refusals) -> Refusals:
    """Add the working connections of a grant that was refused as a whole."""
    by_grant = {one.grant_id: why for one, why in refusals if why.scope is Scope.GRANT}
    named = {one.pk for one, _ in refusals}
    siblings = Connection.objects.across_tenants().filter(grant__in=by_grant, status=ConnectionStatus.ACTIVE)
    return [
        *refusals,
        *((one, by_grant[one.grant_id]) for one in (siblings if by_grant else ()) if one.pk not in named),
    ]


def _stop(connection: Connection, found: Classification, at: datetime) -> bool:
    """Change the status; False when it is stopped as much already."""
    revoked = found.entry.pauses_to == ConnectionStatus.REVOKED
    stop = connection.lose_access if revoked else connection.need_attention
    if not can_proceed(stop):
        return False
    stop(reason=found.code, detail=found.partner_message[:500], at=at)
    return True


def _event(connection: Connection, found: Classification, at: datetime) -> log.NewEvent:
    revoked = connection.status == ConnectionStatus.REVOKED
    return log.NewEvent(
        verb="connection.revoked" if revoked else "connection.paused",
        tenant=connection.tenant_id,
        subject=f"connection:{connection.pk}",
        actor=ACTOR,
        at=at,
        data={"code": found.code, "rule": found.rule_id, "by": connection.paused_by},
    )
