"""What was met at partners lately, read from the attempts: one query for the failures, two for what surrounds them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min

from apps.connections.choices import STOPPED, ConnectionStatus, PausedBy
from apps.connections.models import Connection
from apps.core import clock, ids
from apps.errors.codes import ErrorCode
from apps.jobs.models import Attempt, Lane
from apps.recovery.incidents import WINDOW, Around, Sighting

# An attempt's id is as old as its claim; the longest attempt ends so much later.
LONGEST_ATTEMPT = timedelta(minutes=10)


def lately(*, at: datetime) -> list[Sighting]:
    """Return what failed in the window, by lane, code and rule."""
    rows = list(
        _attempts(at)
        .exclude(error_code="")
        .values("job__platform", "job__tenant", "job__lane", "job__connection", "error_code", "rule_id")
        .annotate(jobs=Count("job", distinct=True), first=Min("finished_at"), last=Max("started_at"))
    )
    connections = {
        one.pk: one
        for one in Connection.objects.across_tenants().filter(
            pk__in={row["job__connection"] for row in rows if row["job__connection"]}
        )
    }
    own_lanes = _lanes_of(connections.values())
    return [
        _sighting(row, connections.get(row["job__connection"]), own_lanes.get(row["job__connection"]), at)
        for row in rows
    ]


def around(platform: str, *, at: datetime) -> Around:
    """Return how many of the platform's connections were called in the window, and how many are active or were."""
    called = _attempts(at).filter(job__platform=platform, job__connection__isnull=False)
    mine = Connection.objects.across_tenants().filter(platform=platform)
    active = mine.filter(status=ConnectionStatus.ACTIVE).count()
    just_stopped = mine.filter(status__in=sorted(STOPPED), paused_at__gt=at - WINDOW).count()
    return Around(
        called=called.aggregate(connections=Count("job__connection", distinct=True))["connections"],
        active=active + just_stopped,
    )


def _attempts(at: datetime) -> Any:
    # The key begins with the real time, which the product's time may run ahead of.
    oldest = ids.floor(clock.real_now() - WINDOW - LONGEST_ATTEMPT)
    return Attempt.objects.filter(pk__gte=oldest, finished_at__gt=at - WINDOW)


def _lanes_of(connections: Iterable[Connection]) -> dict[Any, Any]:
    """A failed renewal is met in the grant's lane; what it stops are the connections' own."""
    keys = {one.lane_key: one.pk for one in connections}
    rows = Lane.objects.across_tenants().filter(key__in=keys).values_list("key", "pk")
    return {keys[key]: lane for key, lane in rows}


def _sighting(row: dict[str, Any], connection: Connection | None, lane: Any, at: datetime) -> Sighting:
    return Sighting(
        platform=row["job__platform"],
        tenant=row["job__tenant"],
        lane=lane or row["job__lane"],
        connection=row["job__connection"],
        sign_in=connection.grant_id if connection else None,
        code=ErrorCode(row["error_code"]),
        rule=row["rule_id"],
        jobs=row["jobs"],
        first=row["first"],
        last_began=row["last"],
        stopped_at=_stopped_at(connection, at),
    )


def _stopped_at(connection: Connection | None, at: datetime) -> datetime | None:
    """Return when we stopped it by ourselves, if that was within the window."""
    if connection is None or connection.paused_at is None or connection.paused_by != PausedBy.AUTO:
        return None
    return connection.paused_at if connection.paused_at > at - WINDOW else None
