"""Begin to publish what one connection missed; asked twice, it is one operation."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.core.problems import Problem
from apps.jobs.models import Lane
from apps.recovery.actions import operate
from apps.recovery.choices import ENDED, OperationKind
from apps.recovery.filters import Asked
from apps.recovery.models import Operation
from apps.recovery.offers import lists
from apps.recovery.operations.missed import missed
from apps.tenants.scoping import TenantQuerySet


class ResumeFirst(Problem):
    """Nothing goes out on a connection that is stopped."""

    code = "connection_stopped"
    status = 409
    title = "This connection does not publish now"


def backfill(
    connection: Connection,
    *,
    also: Sequence[str] = (),
    actor: str,
    at: datetime,
    idempotency_key: str | None = None,
) -> tuple[Operation, bool]:
    """
    Start the operation and return it and True, or the one that does or did all of this and False.

    `also` are late posts that a person wants out all the same. A key of the caller's own is taken at its word.

    :raises ResumeFirst: while the connection is stopped or disconnected.
    :raises IdempotencyKeyReused: when the caller's key stands for a different wish.
    """
    if connection.status != ConnectionStatus.ACTIVE:
        raise ResumeFirst(detail="Reconnect or resume it first; what it missed waits until then.")
    options = {"also": sorted(also)} if also else {}
    asked = Asked(OperationKind.BACKFILL, {"connections": [str(connection.pk)]}, options)
    before = _covering(connection).first()
    if idempotency_key is None and before and _does_it(before, connection, options, at):
        return before, False
    key = idempotency_key or _key(connection, before, options)
    return operate.start(asked, tenant=connection.tenant_id, actor=actor, at=at, idempotency_key=key)


def _covering(connection: Connection) -> TenantQuerySet[Operation]:
    """Return the operations that let out what this connection missed, the newest first."""
    rows = Operation.objects.for_tenant(connection.tenant_id).filter(kind=OperationKind.BACKFILL)
    return rows.filter(filter__connections__contains=[str(connection.pk)]).order_by("-pk")


def _does_it(before: Operation, connection: Connection, options: dict[str, list[str]], at: datetime) -> bool:
    """True while it runs, and once it has left nothing of this pause that could go out unasked."""
    if options and before.options != options:
        return False
    if before.state not in ENDED:
        return True
    lane = Lane.objects.for_tenant(connection.tenant_id).get(key=connection.lane_key)
    on_time, _, _ = lists(at)
    rest = missed([connection.pk], tenant=connection.tenant_id, at=at).filter(on_time)
    return before.created_at >= (lane.missed_before or before.created_at) and not rest.exists()


def _key(connection: Connection, before: Operation | None, options: dict[str, list[str]]) -> str:
    """Two who start it at the same moment say the same: what was done before, and which late posts go along."""
    wish = sha256(",".join(options.get("also", ())).encode()).hexdigest()[:16]
    return f"backfill:{connection.pk}:{before.pk if before else 'first'}:{wish}"
