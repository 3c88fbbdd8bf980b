"""What was met at partners lately, read from the attempts: one query for the failures, two for what surrounds them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min

from apps.connections import routes
from apps.connections.choices import STOPPED, ConnectionStatus, PausedBy
from apps.connections.models import Connection
from apps.core import clock, ids
from apps.errors.codes import ErrorCode
from apps.jobs.choices import AttemptOutcome
from apps.jobs.kinds import VERIFY
from apps.jobs.models import Attempt, Lane
from apps.recovery.incidents import AVAILABILITY, WINDOW, Around, Sighting

# An attempt's id is as old as its claim; the longest attempt ends so much later.
LONGEST_ATTEMPT = timedelta(minutes=10)

# Addresses that tenants name: each is a server of its own, and what many of them do is nobody's outage.
NO_PARTNER = "http"


def lately(*, at: datetime) -> list[Sighting]:
    """Return what failed in the window, by lane, code and rule; what failed on a drill's stage is of that drill alone."""
    drilled = routes.drilled_since(at - WINDOW).values("connection")
    found = _failed(_attempts(at).exclude(job__connection__in=drilled), at)
    for run, led in routes.counting().items():
        there = _attempts(at).filter(job__connection__in=[one.connection_id for one in led])
        there = there.filter(started_at__gte=min(one.opened_at for one in led))
        found += [replace(one, drill=run) for one in _failed(there, at)]
    return found


def _failed(attempts: Any, at: datetime) -> list[Sighting]:
    failed = list(
        attempts.exclude(error_code="")
        .exclude(job__platform=NO_PARTNER)
        .values("job__platform", "job__tenant", "job__lane", "job__connection", "error_code", "rule_id")
        .annotate(
            jobs=Count("job", distinct=True),
            first=Min("finished_at"),
            last=Max("started_at"),
            end=Max("finished_at"),
        )
    )
    rows = _still_failing(failed, at)
    stops = _stops({row["job__connection"] for row in rows if row["job__connection"]}, at)
    return [_sighting(row, stops.get(row["job__connection"])) for row in rows]


def _still_failing(rows: Sequence[dict[str, Any]], at: datetime) -> Sequence[dict[str, Any]]:
    """Leave out the trouble of partners on connections where a later call worked: a noisy partner is not away."""
    troubled = {row["job__connection"] for row in rows if row["error_code"] in AVAILABILITY}
    if not troubled:
        return rows
    worked = dict(
        _attempts(at)
        .filter(outcome=AttemptOutcome.SUCCESS, job__connection__in=troubled)
        # Questions may be answered while posts are not taken.
        .exclude(step=VERIFY)
        .exclude(job__kind="health_check")
        .values_list("job__connection")
        .annotate(last=Max("finished_at"))
    )
    return [
        row
        for row in rows
        if row["error_code"] not in AVAILABILITY
        or row["job__connection"] not in worked
        or row["end"] >= worked[row["job__connection"]]
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


@dataclass(frozen=True, slots=True)
class _Stop:
    """Whose a connection is, and whether we stopped it lately."""

    sign_in: UUID
    lane: UUID | None
    stopped_at: datetime | None


def _stops(connections: Collection[UUID], at: datetime) -> dict[UUID, _Stop]:
    """
    Return what each of these is to an incident: no evidence of one, where the partner told us what became of it.

    A failed renewal is met in the grant's lane; what it stops are the connections' own lanes.
    """
    keys = {f"connection:{pk}": pk for pk in connections}
    lanes = Lane.objects.across_tenants().filter(key__in=keys).values_list("key", "pk")
    lane_of = {keys[key]: lane for key, lane in lanes}
    rows = Connection.objects.across_tenants().filter(pk__in=connections)
    return {
        pk: _Stop(
            grant,
            lane_of.get(pk),
            paused_at if by == PausedBy.AUTO and not told and paused_at and paused_at > at - WINDOW else None,
        )
        for pk, grant, paused_at, by, told in rows.values_list(
            "pk", "grant", "paused_at", "paused_by", "partner_told"
        )
    }


def _sighting(row: dict[str, Any], stop: _Stop | None) -> Sighting:
    return Sighting(
        platform=row["job__platform"],
        tenant=row["job__tenant"],
        lane=(stop and stop.lane) or row["job__lane"],
        connection=row["job__connection"],
        sign_in=stop.sign_in if stop else None,
        code=ErrorCode(row["error_code"]),
        rule=row["rule_id"],
        jobs=row["jobs"],
        first=row["first"],
        last_began=row["last"],
        stopped_at=stop.stopped_at if stop else None,
    )
