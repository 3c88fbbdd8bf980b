"""What an operator can do with an incident: release it now, close it, or ask its people to reconnect after all."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.connections.models import Connection
from apps.core.problems import Problem
from apps.errors.classification import Classification, Confidence, Scope
from apps.errors.codes import ErrorCode
from apps.recovery.actions.auto_pause import stop_many
from apps.recovery.actions.close_incident import close_incident
from apps.recovery.actions.release_incident import release_rest
from apps.recovery.choices import Family, IncidentEnd
from apps.recovery.models import Hit, Incident
from apps.recovery.queries import open_hits


class IncidentOver(Problem):
    """The incident has been closed."""

    code = "incident_over"
    status = 409
    title = "This incident is over"


class NothingToReconnect(Problem):
    """A reconnect mends no outage."""

    code = "nothing_to_reconnect"
    status = 409
    title = "A reconnect would not help here"


@transaction.atomic
def release_now(pk: UUID, *, actor: str, at: datetime) -> Incident:
    """
    Release everything at once; it is held again if most of it meets the cause again.

    :raises IncidentOver: when it is closed.
    """
    incident = _take(pk)
    release_rest(incident, actor=actor, at=at)
    return incident


@transaction.atomic
def close_now(pk: UUID, *, actor: str, at: datetime) -> Incident:
    """
    Release everything and look no more.

    :raises IncidentOver: when it is closed.
    """
    incident = _take(pk)
    close_incident(incident, end=IncidentEnd.OPERATOR, actor=actor, at=at)
    return incident


@transaction.atomic
def ask_to_reconnect(pk: UUID, *, actor: str, at: datetime) -> Incident:
    """
    Pause each held connection by itself, so that its people are asked to reconnect, and close the incident.

    What a tenant without auto-pause owns is held for operations instead.

    :raises IncidentOver: when it is closed.
    :raises NothingToReconnect: when the cause is not about access.
    """
    incident = _take(pk)
    if incident.family != Family.AUTHORISATION:
        raise NothingToReconnect(detail="Nobody's access is refused.")
    hits = {hit.connection: hit for hit in open_hits(incident) if hit.connection}
    connections = Connection.objects.across_tenants().filter(pk__in=hits, status="active")
    stop_many([(one, _why(incident, hits[one.pk])) for one in connections], at=at)
    close_incident(incident, end=IncidentEnd.PROMPTED, actor=actor, at=at)
    return incident


def _take(pk: UUID) -> Incident:
    incident = Incident.objects.select_for_update(no_key=True).get(pk=pk)
    if incident.closed_at:
        raise IncidentOver(detail="Somebody or something closed it a moment ago.")
    return incident


def _why(incident: Incident, hit: Hit) -> Classification:
    return Classification(
        code=ErrorCode(hit.code),
        platform=incident.platform,
        rule_id=hit.rule or incident.reason,
        confidence=Confidence.EXACT,
        scope=Scope.CONNECTION,
    )
