"""Let go of what an incident holds: a tenth, then the rest."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.events import log
from apps.jobs.actions.hold import release, release_lanes
from apps.jobs.actions.let_through import hurry
from apps.jobs.actions.reset_breakers import reset_breakers
from apps.recovery.actions.hold_hits import event
from apps.recovery.choices import Family, IncidentState, Stage
from apps.recovery.incidents import first_share
from apps.recovery.models import Hit, Incident
from apps.recovery.queries import extent, open_hits


@transaction.atomic
def begin_release(incident: Incident, *, at: datetime) -> None:
    """Release a tenth, those first that were seen working; a stopped app has nothing to divide."""
    incident.jobs = max(incident.jobs, extent(incident).jobs)
    if incident.family == Family.APP:
        release_rest(incident, actor=incident.actor, at=at)
        return
    hits = list(open_hits(incident))
    _step(incident, Stage.TENTH, incident.actor, at)
    release_hits(incident, hits[: first_share(len(hits))], actor=incident.actor, at=at)


@transaction.atomic
def release_rest(incident: Incident, *, actor: str, at: datetime) -> None:
    """Release everything that is still held, and watch what becomes of it."""
    _step(incident, Stage.ALL, actor, at)
    free(incident, actor=actor, at=at)


def free(incident: Incident, *, actor: str, at: datetime) -> None:
    """Close every hold of the incident."""
    if incident.family == Family.APP:
        release(scope=f"platform:{incident.platform}", reason=incident.reason, actor=actor, at=at)
    release_hits(incident, list(open_hits(incident)), actor=actor, at=at)


def let_go_of_stopped(incident: Incident, *, at: datetime) -> None:
    """Let go of what was stopped for a reason of its own meanwhile: it says nothing of the cause, and stays held by that."""
    if incident.family != Family.AUTHORISATION:
        return
    still = Connection.objects.across_tenants().filter(
        pk=OuterRef("connection"), status=ConnectionStatus.ACTIVE
    )
    stopped = open_hits(incident).filter(~Exists(still), connection__isnull=False)
    release_hits(incident, list(stopped), actor=incident.actor, at=at)


@transaction.atomic
def stop_release(incident: Incident, *, at: datetime) -> None:
    """Go back to trying: something that was free met the cause again."""
    incident.state, incident.stage, incident.stage_at = IncidentState.OPEN, Stage.NOTHING, at
    incident.save(update_fields=["state", "stage", "stage_at"])
    _tell(incident, "incident.release_stopped", incident.actor, at)


def release_hits(incident: Incident, hits: Sequence[Hit], *, actor: str, at: datetime) -> None:
    """Release these lanes, and let what waits for its next try go at once; the late policy judges what is late."""
    lanes = [hit.lane_id for hit in hits]
    Hit.objects.across_tenants().filter(pk__in=[hit.pk for hit in hits]).update(released_at=at)
    if incident.family == Family.AVAILABILITY:
        reset_breakers(lanes, actor=actor, at=at)
    hurry(lanes, at=at)
    release_lanes([hit.lane.key for hit in hits], reason=incident.reason, actor=actor, at=at)
    log.record_many(
        [event("incident.hit_released", incident, hit.tenant_id, hit.connection, at) for hit in hits]
    )


def _step(incident: Incident, stage: Stage, actor: str, at: datetime) -> None:
    incident.state, incident.stage, incident.stage_at = IncidentState.RELEASING, stage, at
    incident.failing_since = None
    incident.save(update_fields=["state", "stage", "stage_at", "failing_since", "jobs"])
    _tell(incident, "incident.releasing", actor, at)


def _tell(incident: Incident, verb: str, actor: str, at: datetime) -> None:
    log.record(
        verb,
        tenant=None,
        subject=f"incident:{incident.pk}",
        actor=actor,
        at=at,
        data={"platform": incident.platform, "family": incident.family, "stage": incident.stage},
    )
