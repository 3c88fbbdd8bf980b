"""Let a connection publish again, and catch up on what it missed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.connections.choices import REFUSED, STOPPED
from apps.connections.models import STATUS_FIELDS, Connection
from apps.core.problems import Problem
from apps.events import log
from apps.jobs import wake
from apps.jobs.actions.hold import hold, release, rewake
from apps.jobs.choices import JobState
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Hold, Job, Lane
from apps.recovery.actions import operate
from apps.recovery.choices import OperationKind
from apps.recovery.filters import Asked
from apps.recovery.models import Operation
from apps.recovery.operations.missed import missed
from apps.recovery.words import build_pause_reason


class NotStopped(Problem):
    """The connection is not stopped."""

    code = "connection_not_stopped"
    status = 409
    title = "This connection is not stopped"


class ReconnectNeeded(Problem):
    """The partner refuses its authorisation: that is not put right by asking for it."""

    code = "reconnect_needed"
    status = 409
    title = "This connection must be reconnected"


def resume_paused(
    connection: Connection, *, actor: str, at: datetime, backfill: bool = True
) -> list[Connection]:
    """
    Resume for the tenant's own people and programs, who can undo a pause but not a partner's refusal.

    :raises ReconnectNeeded: when the partner refused it; a reconnect, or a check that passes, brings it back.
    :raises NotStopped: when there is nothing to resume.
    """
    if connection.status in REFUSED:
        raise ReconnectNeeded(
            detail="Send somebody to its reconnect-url, or start a health-check: if that passes, it goes on by itself."
        )
    return resume(connection, actor=actor, at=at, backfill=backfill)


@transaction.atomic
def resume(
    connection: Connection,
    *,
    actor: str,
    at: datetime,
    backfill: bool = True,
    gate: bool = True,
    among: Collection[UUID] | None = None,
) -> list[Connection]:
    """
    Set the connection active and release its lane; a dead grant that lives again frees every connection it serves.

    `among` names the ones that really have working credentials; the others of the grant stay stopped, each by itself.
    Posts that came due meanwhile go out in order when `backfill` is set, else they stay listed as asked. Without
    `gate` (a breaker that closed, a false alarm) nothing counts as missed: the late policy alone judges.

    :raises NotStopped: when there is nothing to resume.
    """
    rows = Connection.objects.across_tenants().select_for_update().order_by("pk")
    # Everything of the grant at once: two people who bring two of its accounts back would else wait for each other.
    locked = rows.filter(Q(pk=connection.pk) | Q(grant=connection.grant_id)).in_bulk()
    current = locked[connection.pk]
    if current.status not in STOPPED:
        raise NotStopped(detail="It publishes already.")
    grant_scope = f"grant:{current.grant_id}"
    whole_grant = Hold.objects.filter(
        scope=grant_scope, reason=HoldReason.CONNECTION, closed_at=None
    ).exists()
    stopped = rows.filter(grant=current.grant_id) if whole_grant else rows.filter(pk=current.pk)
    back = [one for one in stopped if one.status in STOPPED and (among is None or one.pk in among)]
    for one in back:
        _start(one, actor=actor, at=at, gate=gate)
    if gate and backfill:
        catch_up(back, actor=actor, at=at)
    if whole_grant:
        _keep_stopped([one for one in stopped if one.status in STOPPED], at)
        release(scope=grant_scope, reason=HoldReason.CONNECTION, actor=actor, at=at)
    return back


def catch_up(connections: Sequence[Connection], *, actor: str, at: datetime) -> Operation | None:
    """Begin to publish what these connections missed, in due order; None when they missed nothing."""
    ids = [one.pk for one in connections]
    if not ids or not missed(ids, tenant=connections[0].tenant_id, at=at).exists():
        return None
    asked = Asked(OperationKind.BACKFILL, {"connections": [str(one) for one in ids]}, {})
    operation, _ = operate.start(asked, tenant=connections[0].tenant_id, actor=actor, at=at)
    return operation


def _keep_stopped(connections: Sequence[Connection], at: datetime) -> None:
    """The grant's hold goes; what it still has to stop gets a hold of its own."""
    for one in connections:
        hold(
            scope=f"lane:{one.lane_key}",
            reason=HoldReason.CONNECTION,
            at=at,
            who="the tenant's people",
            sentence=build_pause_reason(one.pause_reason, one),
        )


def _start(connection: Connection, *, actor: str, at: datetime, gate: bool) -> None:
    stopped_at = connection.paused_at
    connection.resume()
    connection.save(update_fields=STATUS_FIELDS)
    if gate:
        # What was due before this moment needs an admission: one from before the pause was given for another hour.
        lane = Lane.objects.for_tenant(connection.tenant_id).filter(key=connection.lane_key)
        lane.update(missed_before=at)
        waiting = Job.objects.for_tenant(connection.tenant_id).filter(lane__in=lane.values("pk"))
        waiting.filter(state=JobState.QUEUED, committed_at=None, admitted_at__lt=stopped_at).update(
            admitted_at=None
        )
    scope = f"lane:{connection.lane_key}"
    for reason in (HoldReason.CONNECTION, HoldReason.OPS):
        Hold.objects.filter(scope=scope, reason=reason, closed_at=None).update(closed_at=at, closed_by=actor)
    log.record(
        "connection.resumed",
        tenant=connection.tenant_id,
        subject=f"connection:{connection.pk}",
        actor=actor,
        at=at,
    )
    rewake(scope=scope, at=at)
    wake.engine_on_commit()
