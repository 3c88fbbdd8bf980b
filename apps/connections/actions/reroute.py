"""Lead connections to a drill's stage, and back to their partners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from apps.connections import credentials, renewal, routes
from apps.connections.models import Connection, EgressRoute
from apps.connections.stage import Pass
from apps.core import ids
from apps.core.problems import Problem
from apps.events import log
from apps.jobs.actions.hold import release_lanes, rest, rewake_lanes
from apps.jobs.kinds import HoldReason

SENTENCE = "A drill runs on this account; it goes on by itself when that is over."


class DrillRunsAlready(Problem):
    """Another drill leads one of these accounts somewhere."""

    code = "drill_runs_already"
    status = 409
    title = "A drill runs there already"


@dataclass(frozen=True, slots=True)
class Way:
    """Where a drill's connections are led, until when, and how that is to be seen."""

    run: str
    base_url: str
    until: datetime
    expires_at: datetime | None = None  # when access ends there, as far as we know
    counts: bool = False  # what fails may be an incident of the drill


@transaction.atomic
def open_routes(
    connections: Sequence[Connection], passes: Mapping[UUID, Pass], way: Way, *, actor: str, at: datetime
) -> None:
    """
    Lead these connections to the stage; what is not the drill's own waits meanwhile. Repeating it changes nothing.

    Their credentials get new numbers: a partner's late answer from before says nothing of the drill.

    :raises DrillRunsAlready: when another drill leads one of them somewhere.
    """
    mine = _locked([one.pk for one in connections])
    there = dict(routes.unclosed_on([one.pk for one in mine]).values_list("connection", "run"))
    if set(there.values()) - {way.run}:
        raise DrillRunsAlready(detail="Wait for its end, or abort it.")
    new = [one for one in mine if one.pk not in there]
    versions = credentials.raise_together({one.grant_id for one in new})
    EgressRoute.objects.bulk_create(
        [_row(one, passes[one.pk], way, versions[one.grant_id], at) for one in new]
    )
    hold_others(mine, until=way.until, at=at)
    _tell("connection.drill_began", new, way.run, actor, at)


def hold_others(connections: Sequence[Connection], *, until: datetime, at: datetime) -> None:
    """
    Let everything wait that is not the drill's own; this ends by itself, together with the routes.

    A lane that rests wakes at the end of its last rest, which is this one. When a throttle or a breaker's rest ends before
    it, nothing tells the drill's own posts: so the lanes are woken with each step of the drill.
    """
    keys = _lane_keys(connections)
    ends = dict.fromkeys((f"lane:{key}" for key in keys), until)
    rest(ends, reason=HoldReason.DRILL, sentence=SENTENCE, at=at)
    rewake_lanes(keys, at=at)


@transaction.atomic
def close_routes(run: str, *, actor: str, at: datetime) -> list[Connection]:
    """Lead a drill's connections back to their partners, forget its tokens, and return them."""
    rows = EgressRoute.objects.across_tenants().filter(run=run, closed_at=None)
    opened = dict(rows.values_list("connection", "opened_at"))
    if not opened:
        return []
    mine = _locked(list(opened))
    rows.update(closed_at=at, tokens="")
    # What the stage still answers, and what renewals met there, concerns nobody any more.
    grants = {one.grant_id for one in mine}
    credentials.raise_together(grants)
    renewal.plan_anew(grants, since=min(opened.values()))
    release_lanes(_lane_keys(mine), reason=HoldReason.DRILL, actor=actor, at=at)
    _tell("connection.drill_ended", mine, run, actor, at)
    return mine


def _locked(connections: Sequence[UUID]) -> list[Connection]:
    rows: QuerySet[Connection] = Connection.objects.across_tenants()
    rows = rows.select_for_update(of=("self",), no_key=True)
    return list(rows.filter(pk__in=connections).order_by("pk"))


def _lane_keys(connections: Sequence[Connection]) -> list[str]:
    """The lanes of the accounts and of their sign-ins."""
    return sorted({key for one in connections for key in (one.lane_key, f"grant:{one.grant_id}")})


def _row(connection: Connection, kept: Pass, way: Way, version: int, at: datetime) -> EgressRoute:
    key = ids.uuid7()
    return EgressRoute(
        id=key,
        tenant_id=connection.tenant_id,
        connection=connection,
        run=way.run,
        base_url=way.base_url,
        tokens=kept.sealed(key),
        version=version,
        expires_at=way.expires_at,
        counts=way.counts,
        opened_at=at,
        until=way.until,
    )


def _tell(verb: str, connections: Sequence[Connection], run: str, actor: str, at: datetime) -> None:
    log.record_many(
        [
            log.NewEvent(
                verb=verb,
                tenant=one.tenant_id,
                subject=f"connection:{one.pk}",
                actor=actor,
                at=at,
                data={"run": run},
            )
            for one in connections
        ]
    )
