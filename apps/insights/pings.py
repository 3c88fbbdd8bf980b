"""Synthetic checks: every connection is asked every few hours whether it works, unless its posts have proven it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.connections import way_out
from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.core import clock
from apps.core.chance import RNG
from apps.insights import egress, pace, proofs
from apps.insights.models import ConnectionHealth
from apps.jobs.models import Tick
from apps.recovery.actions.check import check
from apps.tenants import flags
from apps.tenants.choices import Flag

# Beat sends it each minute; without beat the watchdog comes by every few seconds.
EVERY = timedelta(seconds=50)
BATCH = 2000
WHY = "synthetic"


def tick() -> int:
    """Ask what is due, once a minute whoever calls; nobody is asked while nothing outside can be reached."""
    if not Tick.take_turn("insights.synthetic_pings", every=EVERY, at=clock.real_now()):
        return 0
    at = clock.now()
    if egress.is_in_doubt() and not way_out.is_open():
        egress.blame_ourselves(at=at)
        return 0
    return ping_due(at=at)


@transaction.atomic
def ping_due(*, at: datetime, rng: Random = RNG) -> int:
    """Enqueue a check of each connection that is due and unproven; return how many. Safe to run twice at once."""
    _welcome(at, rng)
    rows = _take(at)
    if not rows:
        return 0
    asked = _to_ask(rows)
    proven = proofs.by_traffic(asked, since=at - pace.LEAST)
    busy = proofs.being_checked(asked)
    for row in rows:
        row.proven_at = proven.get(row.connection_id, row.proven_at)
        row.due_at = _next(row, asked=row.connection_id in asked, proven=proven, at=at, rng=rng)
    ConnectionHealth.objects.across_tenants().bulk_update(rows, ["proven_at", "due_at"])
    going = [row.connection for row in rows if row.connection_id in asked - proven.keys() - busy]
    check(going, why=WHY, at=at)  # the last of the transaction: it locks lanes
    return len(going)


def _welcome(at: datetime, rng: Random) -> None:
    """Spread the connections that are new to us over the coming hours; a check that passed connected them."""
    known = ConnectionHealth.objects.across_tenants().filter(connection=OuterRef("pk"))
    new = Connection.objects.across_tenants().filter(~Exists(known), status=ConnectionStatus.ACTIVE)
    ConnectionHealth.objects.bulk_create(
        [
            ConnectionHealth(connection=one, tenant_id=one.tenant_id, due_at=at + pace.first_wait(rng))
            for one in new[:BATCH]
        ],
        ignore_conflicts=True,
    )


def _take(at: datetime) -> list[ConnectionHealth]:
    """Lock what is due: one minute's share at most, and whatever is late."""
    rows = ConnectionHealth.objects.across_tenants()
    late = rows.filter(due_at__lte=at - pace.LATE).count()
    most = min(max(pace.share(rows.count()), late), BATCH)
    due = rows.filter(due_at__lte=at).select_for_update(of=("self",), skip_locked=True, no_key=True)
    return list(due.select_related("connection").order_by("due_at")[:most])


def _to_ask(rows: Sequence[ConnectionHealth]) -> set[UUID]:
    """Leave out what is stopped anyway, and whose tenant does not want it; they come round again."""
    unwanted = flags.off_among({row.tenant_id for row in rows}, Flag.SYNTHETIC_PINGS)
    return {
        row.connection_id
        for row in rows
        if row.connection.status == ConnectionStatus.ACTIVE and row.tenant_id not in unwanted
    }


def _next(
    row: ConnectionHealth, *, asked: bool, proven: Collection[UUID], at: datetime, rng: Random
) -> datetime:
    """A check that ends sets the next one by itself; should none of its tries tell anything, this one stands."""
    if row.connection_id in proven and row.proven_at:
        return max(row.proven_at + pace.wait(rng), at)
    return at + (pace.wait_again(rng) if asked else pace.wait(rng))
