"""What a connection missed, before anybody decides: how many posts, which of them in which list, and how long they take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from apps.connections.models import Connection
from apps.jobs.models import Job
from apps.recovery import situations
from apps.recovery.operations.missed import missed
from apps.recovery.predict import Forecaster
from apps.tenants.scoping import TenantQuerySet

LISTED = 100  # of each list; the count is of all
TIMED = 1000  # more take proportionally longer


@dataclass(frozen=True, slots=True)
class Offer:
    """What waited through a pause, by the tenant's late policy: three counts, and the first of each."""

    publish: int
    ask: int
    skip: int
    to_publish: Sequence[Job]
    to_ask: Sequence[Job]
    to_skip: Sequence[Job]
    duration: timedelta  # of what goes out unasked, by the limits as they are now

    @property
    def missed(self) -> int:
        """Everything together."""
        return self.publish + self.ask + self.skip


def offer_backfill(connection: Connection, *, at: datetime) -> Offer:
    """Return what a backfill of this connection would do with the posts that waited."""
    rows = missed([connection.pk], tenant=connection.tenant_id, at=at)
    on_time, late, too_late = lists(at)
    counts = rows.aggregate(
        publish=Count("pk", filter=on_time), ask=Count("pk", filter=late), skip=Count("pk", filter=too_late)
    )
    return Offer(
        **counts,
        to_publish=list(rows.filter(on_time)[:LISTED]),
        to_ask=list(rows.filter(late)[:LISTED]),
        to_skip=list(rows.filter(too_late)[:LISTED]),
        duration=_duration(rows.filter(on_time), counts["publish"], at),
    )


def lists(at: datetime) -> tuple[Q, Q, Q]:
    """Return what goes out unasked, what a person is asked about, and what is skipped."""
    on_time = Q(ask_after=None) | Q(ask_after__gt=at)
    too_late = Q(ask_after__lte=at, skip_after__lte=at)
    late = Q(ask_after__lte=at) & (Q(skip_after=None) | Q(skip_after__gt=at))
    return on_time, late, too_late


def _duration(rows: TenantQuerySet[Job], total: int, at: datetime) -> timedelta:
    """Let each take its calls from the limits, as if the connection published already."""
    timed = list(rows[:TIMED])
    read = situations.of_jobs(timed, at)
    forecaster = Forecaster(at, read.levels)
    ends = [forecaster.calls_made(read.of[job.pk]) for job in timed]
    return (max(ends, default=at) - at) * (total / len(timed) if timed else 1)
