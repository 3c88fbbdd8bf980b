"""A lane whose breaker does not close for half an hour is paused, and comes back by itself when one post gets through."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from apps.connections.choices import ConnectionStatus, PausedBy
from apps.connections.models import Connection
from apps.errors.codes import ErrorCode
from apps.jobs.actions.let_through import let_through
from apps.jobs.actions.reset_breakers import reset_breakers
from apps.jobs.breaker import LONGEST_REST
from apps.jobs.choices import JobState
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Job, Lane, LaneBreaker
from apps.recovery.actions.check import check
from apps.recovery.actions.pause import NotActive, pause
from apps.recovery.actions.resume import NotStopped, resume
from apps.recovery.choices import Family
from apps.recovery.models import Hit, Incident
from apps.tenants import flags
from apps.tenants.choices import Flag

AFTER = timedelta(minutes=30)
ACTOR = "system:breaker"
PROBE = "breaker"


def apply_breaker_rule(*, at: datetime) -> None:
    """Pause what has failed for half an hour; try and resume what was paused for that."""
    for connection in _long_broken(at):
        try:
            pause(
                connection,
                by=PausedBy.BREAKER,
                code=ErrorCode.CIRCUIT_BREAKER_OPEN,
                why="The breaker has not closed for half an hour.",
                actor=ACTOR,
                at=at,
            )
        except NotActive:
            continue  # a dead token or a person was first
    _try_paused(at)


def _long_broken(at: datetime) -> QuerySet[Connection]:
    """Return the working connections whose breaker is open for too long, unless an incident covers them or nobody wants it."""
    broken = LaneBreaker.objects.filter(since__lte=at - AFTER / settings.SPEED, until__isnull=False)
    keys = broken.values_list("lane__key", flat=True)
    prefix = "connection:"
    pks = [UUID(key.removeprefix(prefix)) for key in keys if key.startswith(prefix)]
    hit = Hit.objects.across_tenants().filter(released_at=None, connection__in=pks).values("connection")
    outages = Incident.objects.filter(closed_at=None, family=Family.AVAILABILITY, drill="").values("platform")
    working = Connection.objects.across_tenants().filter(pk__in=pks, status=ConnectionStatus.ACTIVE)
    wanted = flags.tenants_with(Flag.RECOVERY_AUTOPAUSE).values(
        "pk"
    )  # without it the breaker alone keeps them waiting
    return working.filter(tenant__in=wanted).exclude(pk__in=hit).exclude(platform__in=outages).order_by("pk")


def _try_paused(at: datetime) -> None:
    paused = list(
        Connection.objects.across_tenants().filter(
            status=ConnectionStatus.PAUSED, paused_by=PausedBy.BREAKER, paused_at__isnull=False
        )
    )
    keys = [one.lane_key for one in paused]
    lanes = {lane.key: lane for lane in Lane.objects.across_tenants().filter(key__in=keys)}
    breakers = LaneBreaker.objects.in_bulk([lane.pk for lane in lanes.values()])
    for connection in paused:
        lane = lanes[connection.lane_key]
        broken = breakers.get(lane.pk)
        if broken and broken.until and broken.until > at:
            continue  # it rests
        if broken is None or broken.until is None or _works_again(connection, lane, broken):
            _resume(connection, lane, at)
        elif not _is_tried(lane, at):
            _probe(connection, lane, at)


def _works_again(connection: Connection, lane: Lane, broken: LaneBreaker) -> bool:
    """Return True when a post got through since, or a question where no post waits."""
    if broken.probes:
        return True
    asked = Job.objects.for_tenant(connection.tenant_id).filter(
        lane=lane.pk, kind="health_check", args__why=PROBE, created_at__gte=connection.paused_at
    )
    return asked.filter(state=JobState.SUCCEEDED).exists()


@transaction.atomic
def _resume(connection: Connection, lane: Lane, at: datetime) -> None:
    # What it remembers of the last half-hour would pause it again at once.
    reset_breakers([lane.pk], actor=ACTOR, at=at)
    try:
        resume(connection, actor=ACTOR, at=at, gate=False)
    except NotStopped:
        return  # an operator was first


def _is_tried(lane: Lane, at: datetime) -> bool:
    """Return True while a probe is on its way, whether a post or a question; what became too late is none."""
    return (
        Job.objects.across_tenants()
        .filter(
            lane=lane.pk,
            state__in=[JobState.QUEUED, JobState.RUNNING],
            passes__contains=[HoldReason.CONNECTION],
        )
        .exclude(ask_after__lte=at, admitted_at=None)
        .exists()
    )


def _probe(connection: Connection, lane: Lane, at: datetime) -> None:
    """Let one real post pass the pause; without one that is due, ask now and then."""
    if let_through([lane.pk], passes=(HoldReason.CONNECTION,), most=1, at=at):
        return
    asked = connection.last_health_check
    if asked is None or at - asked >= LONGEST_REST / settings.SPEED:
        check([connection], why=PROBE, at=at)
