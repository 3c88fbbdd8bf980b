"""Ask for a drill. Nothing is broken yet: the next step leads its connections to the stage."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.connections import routes
from apps.connections.actions.reroute import DrillRunsAlready
from apps.connections.choices import ConnectionStatus
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Connection
from apps.core.problems import Problem
from apps.drills import desk
from apps.drills.choices import WHOLE_HOUSE
from apps.drills.models import DrillRun
from apps.drills.refusals import DrillRefused
from apps.drills.scenarios import SCENARIOS
from apps.drills.scenarios.base import Takes
from apps.events import log
from apps.recovery.queries import incidents_over
from apps.tenants import flags
from apps.tenants.choices import Flag

DURATION, LONGEST = timedelta(minutes=1), timedelta(minutes=30)
PATIENCE = timedelta(minutes=15)  # after that, for whoever must reconnect and for what then catches up
RATE, HIGHEST_RATE = 30, 600
MOST_CONNECTIONS = 20
CAP = 200  # jobs that wait or fail


class DrillsOff(Problem):
    """Nobody has switched drills on for this tenant."""

    code = "drills_off"
    status = 403
    title = "Drills are switched off"


def start(
    name: str,
    *,
    tenant: UUID,
    connections: Collection[UUID],
    actor: str,
    at: datetime,
    duration: timedelta = DURATION,
    rate: int = RATE,
    refresh_works: bool = False,
    house_is_ours: bool = False,
) -> DrillRun:
    """
    Ask for a drill on these connections of one tenant; what else their sign-ins serve comes with them.

    `house_is_ours` is said by who may kill workers and turn clocks here, and will: the demo's stack, nobody else.

    :raises DrillsOff: where CHAOS_TESTS_ENABLED is off.
    :raises DrillRefused: in a sentence that says why.
    :raises DrillRunsAlready: when another one runs on one of them.
    """
    demand_switched_on(tenant)
    _demand_known(name, house_is_ours=house_is_ours and settings.TIME_TRAVEL)
    _demand_sane(duration, rate)
    with transaction.atomic():
        mine = _whole_sign_ins(tenant, connections, SCENARIOS[name].takes)
        run = DrillRun.objects.create(
            tenant_id=tenant,
            name=name,
            connections=[one.pk for one in mine],
            duration=duration,
            rate=rate,
            refresh_works=refresh_works,
            cap=CAP,
            actor=actor,
            asked_at=at,
            until=at + duration + PATIENCE + _longest_look(mine),
        )
        data = {"run": run.key, "name": name, "connections": [str(one.pk) for one in mine]}
        log.record("drill.asked", tenant=tenant, subject=f"drill:{run.pk}", actor=actor, at=at, data=data)
    return run


def _longest_look(connections: Collection[Connection]) -> timedelta:
    """Return how long it takes until a post that cannot be seen at these partners may be sent again."""
    lags = [able.max_lag for one in connections for able in connector_for(one.platform).capabilities.values()]
    return 2 * max(lags) / settings.SPEED


def _demand_known(name: str, *, house_is_ours: bool) -> None:
    if name in WHOLE_HOUSE and not house_is_ours:
        words = f"{name} hits every tenant of an installation; it runs by `make drills` only, on the demo."
        raise DrillRefused(detail=words)
    if name not in SCENARIOS:
        raise DrillRefused(detail=f"There is no drill {name}. There are {', '.join(sorted(SCENARIOS))}.")
    if not desk.is_set():
        words = (
            "Run `manage.py simulator` and set REKNIT_STAGE_URL and REKNIT_SIMULATOR_URL to what it prints."
        )
        raise DrillRefused(detail=f"There is no stage to lead anybody to. {words}")


def _demand_sane(duration: timedelta, rate: int) -> None:
    if not timedelta(seconds=1) <= duration <= LONGEST:
        raise DrillRefused(detail=f"It lasts from a second to {LONGEST.seconds // 60} minutes.")
    if not 1 <= rate <= HIGHEST_RATE:
        raise DrillRefused(detail=f"The rate is a number of calls a minute, from 1 to {HIGHEST_RATE}.")


def demand_switched_on(tenant: UUID) -> None:
    """Refuse what a tenant without drills asks for. :raises DrillsOff: then."""
    if not flags.enabled(tenant, Flag.CHAOS_TESTS):
        raise DrillsOff(detail="An operator can switch them on for the tenant, among the flags.")


def _whole_sign_ins(tenant: UUID, connections: Collection[UUID], takes: Takes) -> list[Connection]:
    """What stops a sign-in stops all that it serves: a drill that took only some of that would hit the rest."""
    rows = Connection.objects.for_tenant(tenant).exclude(status=ConnectionStatus.INACTIVE)
    named = list(rows.filter(pk__in=connections).select_for_update(of=("self",), no_key=True).order_by("pk"))
    if not named or len(named) < len(set(connections)):
        raise DrillRefused(detail="The tenant has no such connection.")
    mine = list(rows.filter(grant__in={one.grant_id for one in takes(named)}).order_by("pk"))
    if len(mine) > MOST_CONNECTIONS:
        words = f"These sign-ins serve {len(mine)} connections; a drill takes {MOST_CONNECTIONS} at most."
        raise DrillRefused(detail=words)
    if stopped := next((one for one in mine if one.status != ConnectionStatus.ACTIVE), None):
        raise DrillRefused(detail=f"{stopped.name} is stopped already. Bring it back first.")
    if over := incidents_over(mine, tenant=tenant):
        held = next(one for one in mine if one.pk in over)
        raise DrillRefused(detail=f"{held.name} waits for the end of an incident already.")
    keys = [one.pk for one in mine]
    asked = DrillRun.objects.for_tenant(tenant).filter(ended_at=None, connections__overlap=keys)
    if asked.exists() or routes.unclosed_on(keys).exists():
        raise DrillRunsAlready(detail="Wait for its end, or abort it.")
    return mine
