"""Disconnect an account: nothing more goes out, our access ends, its history stays."""

from datetime import datetime

from django.db import transaction

from apps.connections import revoking, sign_ins
from apps.connections.choices import ConnectionStatus, SignInStage
from apps.connections.models import STATUS_FIELDS, Connection, Credential, SignIn
from apps.core.problems import Problem
from apps.events import log
from apps.jobs.actions.cancel import cancel_planned
from apps.jobs.actions.hold import hold
from apps.jobs.kinds import HoldReason


class AlreadyDisconnected(Problem):
    """Somebody was first."""

    code = "connection_disconnected"
    status = 409
    title = "This account is disconnected already"


@transaction.atomic
def disconnect(connection: Connection, *, actor: str, at: datetime) -> int:
    """
    Disconnect the account and cancel what was planned on it; returns how many posts that were.

    With the grant's last connection the access ends at the partner, too.

    :raises AlreadyDisconnected: when it is.
    """
    rows = Connection.objects.for_tenant(connection.tenant_id).select_for_update(of=("self",))
    current = rows.select_related("grant").get(pk=connection.pk)
    if current.status == ConnectionStatus.INACTIVE:
        raise AlreadyDisconnected(detail="There is nothing left to disconnect.")
    current.disconnect()
    current.save(update_fields=STATUS_FIELDS)
    for going in SignIn.objects.for_tenant(current.tenant_id).filter(connection=current):
        sign_ins.end(going, SignInStage.FAILED, why=f"{current.name} was disconnected meanwhile.")
    Credential.objects.filter(connection=current).delete()
    cancelled = cancel_planned(connection=current.pk, tenant=current.tenant_id, actor=actor, at=at)
    hold(
        scope=f"lane:{current.lane_key}",
        reason=HoldReason.CONNECTION,
        sentence="The account was disconnected. Connect it again, and posts go out on it.",
        who="the tenant's people",
        at=at,
    )
    log.record(
        "connection.disconnected",
        tenant=current.tenant_id,
        subject=f"connection:{current.pk}",
        actor=actor,
        at=at,
        data={"cancelled": cancelled},
    )
    revoking.retire(current.grant, actor=actor, at=at)
    return cancelled
