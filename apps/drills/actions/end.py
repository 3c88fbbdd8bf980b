"""End a drill: mend, reckon, lead everybody back, write the report card."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.connections.actions.reroute import close_routes
from apps.connections.choices import STOPPED, PausedBy
from apps.connections.models import Connection
from apps.core import clock
from apps.drills import card, desk, outside
from apps.drills.choices import RunState, Verdict
from apps.drills.models import DrillRun
from apps.drills.posts import discard_media, jobs_of
from apps.drills.scenarios import SCENARIOS
from apps.drills.scenarios.base import Findings, labels
from apps.events import log
from apps.jobs.actions.hold import release, release_lanes
from apps.jobs.actions.reset_breakers import reset_breakers
from apps.jobs.choices import FINAL, JobState
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Job, Lane
from apps.recovery.actions.close_incident import close_incident
from apps.recovery.actions.resume import NotStopped, resume
from apps.recovery.choices import IncidentEnd
from apps.recovery.models import Incident
from apps.recovery.queries import open_hits


def end(run: DrillRun, *, verdict: Verdict | None = None, why: str = "") -> None:
    """End the run; without a verdict its own numbers give one. Repeating it changes nothing."""
    stage = _mend(run)
    found = Findings() if verdict else _look(run)
    with transaction.atomic():
        at = clock.now()
        healed = _lead_back(run, at)
        withdrawn = _withdraw(run, at)
        discard_media(run)
        numbers = card.reckon(run, stage, withdrawn=withdrawn, healed=healed, at=at)
        numbers |= {**found.numbers, "amiss": list(found.amiss)}
        numbers["strays"] = outside.strays(run, at=at)
        numbers["outside_unchanged"] = outside.digest(run) == run.numbers.get("outside")
        judged, words = (verdict, why) if verdict else card.judge(run, numbers)
        mine = DrillRun.objects.across_tenants().filter(pk=run.pk, ended_at=None)
        changed = mine.update(
            state=RunState.ENDED,
            ended_at=at,
            verdict=judged,
            why=words,
            numbers={**run.numbers, **numbers},
        )
        if changed:
            data = {"run": run.key, "name": run.name, "verdict": judged, "why": words}
            log.record(
                "drill.ended", tenant=run.tenant_id, subject=f"drill:{run.pk}", actor=run.by, at=at, data=data
            )


def _mend(run: DrillRun) -> dict[str, list[str]] | None:
    """Take back what was ordered, and return what the stage says was published; None when it says nothing."""
    try:
        for label in labels(run):
            desk.mend(label)
        rows = Connection.objects.for_tenant(run.tenant_id).filter(pk__in=run.connections)
        return {str(one.pk): [str(row["text"]) for row in desk.ledger(one.external_id)] for one in rows}
    except desk.StageAway:
        return None


def _look(run: DrillRun) -> Findings:
    """Return what its scenario says of it; without the stage, what is known is said of its posts as well."""
    try:
        return SCENARIOS[run.name].look(run)
    except desk.StageAway:
        return Findings()


def _lead_back(run: DrillRun, at: datetime) -> list[str]:
    """Close the routes, and put right what of the drill would last; return what it had to bring back itself."""
    held = _close_incident(run, at)
    mine = close_routes(run.key, actor=run.by, at=at)
    keys = [key for one in mine for key in (one.lane_key, f"grant:{one.grant_id}")]
    lanes = list(Lane.objects.for_tenant(run.tenant_id).filter(key__in=keys).values_list("pk", flat=True))
    reset_breakers(lanes, actor=run.by, at=at)
    for reason in (HoldReason.THROTTLE, HoldReason.REFRESH):
        release_lanes(keys, reason=reason, actor=run.by, at=at)
    for one in {one.grant_id: one for one in mine}.values():
        _release_grant(one, run, at)
    stopped = [one for one in mine if _stopped_by(one, run)]
    for one in stopped:
        try:
            resume(one, actor=run.by, at=at, gate=False)
        except NotStopped:
            continue  # another one of its sign-in brought it back
    return [str(one.pk) for one in mine if one in stopped or one.pk in held]


def _close_incident(run: DrillRun, at: datetime) -> set[UUID | None]:
    """Close what would go on without a stage, and return the connections that it held."""
    held: set[UUID | None] = set()
    for incident in Incident.objects.select_for_update(no_key=True).filter(drill=run.key, closed_at=None):
        held |= set(open_hits(incident).values_list("connection", flat=True))
        close_incident(incident, end=IncidentEnd.DRILL, actor=run.by, at=at)
    return held


def _release_grant(connection: Connection, run: DrillRun, at: datetime) -> None:
    for reason in (HoldReason.THROTTLE, HoldReason.REFRESH):
        release(scope=f"grant:{connection.grant_id}", reason=reason, actor=run.by, at=at)


def _stopped_by(connection: Connection, run: DrillRun) -> bool:
    """Return True when the stage's answers stopped it; what people stopped stays stopped."""
    by_itself = connection.paused_by in {PausedBy.AUTO, PausedBy.BREAKER}
    since = run.started_at or run.asked_at
    return bool(
        connection.status in STOPPED and by_itself and connection.paused_at and connection.paused_at >= since
    )


def _withdraw(run: DrillRun, at: datetime) -> int:
    """
    Cancel posts of the drill that have not ended: there is no stage for them any more, and nobody to ask about them.

    What is with the stage in this moment ends by itself: without a route it is not sent again.
    """
    waiting = jobs_of(run).exclude(state__in=[*FINAL, JobState.RUNNING])
    mine = list(waiting.select_for_update(of=("self",)).order_by("pk"))
    ended = jobs_of(run).filter(pk__in=[job.pk for job in mine])
    ended.update(state=JobState.CANCELLED, finished_at=at, held_for="")
    log.record_many([_cancelled(job, run, at) for job in mine])
    return len(mine)


def _cancelled(job: Job, run: DrillRun, at: datetime) -> log.NewEvent:
    return log.NewEvent(
        verb="job.cancelled",
        tenant=run.tenant_id,
        subject=f"job:{job.pk}",
        actor=run.by,
        at=at,
        cycle=job.cycle,
        data={"job": str(job.pk)},
    )
