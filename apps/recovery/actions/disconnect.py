"""Disconnect an account: its posts are cancelled, and our access is forgotten."""

from datetime import datetime

from django.db import transaction

from apps.connections.choices import ConnectionStatus
from apps.connections.models import STATUS_FIELDS, Connection, Credential
from apps.core.problems import Problem
from apps.events import log
from apps.jobs.actions.cancel import cancel_lane
from apps.jobs.actions.hold import hold
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Hold
from apps.recovery.models import Hit

SENTENCE = "It was disconnected. Connect it again to publish."


class AlreadyDisconnected(Problem):
    """There is nothing to disconnect."""

    code = "connection_already_disconnected"
    status = 409
    title = "This connection is disconnected already"


@transaction.atomic
def disconnect(connection: Connection, *, actor: str, at: datetime) -> Connection:
    """
    Set it inactive, cancel what waits, and erase its credentials; published posts stay.

    :raises AlreadyDisconnected: when somebody was first.
    """
    current = Connection.objects.across_tenants().select_for_update(no_key=True).get(pk=connection.pk)
    if current.status == ConnectionStatus.INACTIVE:
        raise AlreadyDisconnected(detail="Somebody may have done it a moment ago.")
    current.disconnect()
    current.save(update_fields=STATUS_FIELDS)
    cancelled = cancel_lane(current.lane_key, tenant=current.tenant_id, actor=actor, at=at)
    last = _erase(current)
    _hold(current, actor, at)
    log.record(
        "connection.disconnected",
        tenant=current.tenant_id,
        subject=f"connection:{current.pk}",
        actor=actor,
        at=at,
        data={"jobs": cancelled, "last_of_grant": last},
    )
    return current


def _erase(connection: Connection) -> bool:
    """Erase its own token; the last one of a grant takes the grant's along. Returns whether it was the last."""
    Credential.objects.filter(connection=connection).delete()
    others = Connection.objects.across_tenants().filter(grant=connection.grant_id)
    if others.exclude(status=ConnectionStatus.INACTIVE).exists():
        return False
    # Revoking at the partner needs the token: it belongs here, before the token is gone.
    Credential.objects.filter(grant=connection.grant_id).delete()
    return True


def _hold(connection: Connection, actor: str, at: datetime) -> None:
    """One hold says why nothing moves; what others held it for does not matter any more."""
    scope = f"lane:{connection.lane_key}"
    Hold.objects.filter(scope=scope, closed_at=None).update(closed_at=at, closed_by=actor)
    Hit.objects.for_tenant(connection.tenant_id).filter(connection=connection.pk, released_at=None).update(
        released_at=at
    )
    hold(scope=scope, reason=HoldReason.CONNECTION, sentence=SENTENCE, who="the tenant's people", at=at)
