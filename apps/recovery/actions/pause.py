"""Stop a connection without asking anything of its people: operations, the breaker rule, the inactive rule."""

from datetime import datetime

from django.db import transaction

from apps.connections.choices import ConnectionStatus, PausedBy
from apps.connections.models import STATUS_FIELDS, Connection
from apps.core.problems import Problem
from apps.events import log
from apps.jobs.actions.hold import hold
from apps.jobs.kinds import HoldReason
from apps.recovery.words import build_pause_reason


class NotActive(Problem):
    """Only a connection that works can be paused."""

    code = "connection_not_active"
    status = 409
    title = "This connection does not publish now"


_WHO = {
    PausedBy.OPS: "operations",
    PausedBy.BREAKER: "Reknit, by itself",
    PausedBy.INACTIVE_RULE: "operations",
}


@transaction.atomic
def pause(
    connection: Connection,
    *,
    why: str,
    actor: str,
    at: datetime,
    by: PausedBy = PausedBy.OPS,
    code: str = "",
) -> Connection:
    """
    Pause the connection and hold what waits; `why` is for operators, the code gives the words for its people.

    :raises NotActive: when it is stopped or disconnected.
    """
    current = Connection.objects.across_tenants().select_for_update(no_key=True).get(pk=connection.pk)
    if current.status != ConnectionStatus.ACTIVE:
        raise NotActive(detail=f"Its status: {current.get_status_display().lower()}.")
    current.pause(by=by, reason=code, detail=why[:500], at=at)
    current.save(update_fields=STATUS_FIELDS)
    hold(
        scope=f"lane:{current.lane_key}",
        reason=HoldReason.CONNECTION,
        sentence=build_pause_reason(code, current),
        who=_WHO[by],
        at=at,
    )
    log.record(
        "connection.paused",
        tenant=current.tenant_id,
        subject=f"connection:{current.pk}",
        actor=actor,
        at=at,
        data={"code": code, "by": by, "why": why[:500]},
    )
    return current
