"""Close an incident and tell how long it took and how much it concerned."""

from datetime import datetime

from django.db import transaction

from apps.events import log
from apps.recovery.actions.release_incident import free
from apps.recovery.choices import IncidentEnd, IncidentState
from apps.recovery.models import Incident
from apps.recovery.queries import extent

CLOSING = ("state", "closed_at", "closed_by", "end", "tenants", "connections", "jobs")


@transaction.atomic
def close_incident(incident: Incident, *, end: IncidentEnd, actor: str, at: datetime) -> None:
    """Release whatever it still holds, note the figures and close it."""
    size = extent(incident)
    free(incident, actor=actor, at=at)
    incident.tenants, incident.connections = size.tenants, size.connections
    incident.jobs = max(incident.jobs, size.jobs)
    incident.state, incident.closed_at = IncidentState.CLOSED, at
    incident.closed_by, incident.end = actor, end
    incident.save(update_fields=CLOSING)
    log.record(
        "incident.closed",
        tenant=None,
        subject=f"incident:{incident.pk}",
        actor=actor,
        at=at,
        data={
            "platform": incident.platform,
            "family": incident.family,
            "drill": incident.drill,
            "end": end,
            "seconds": round((at - incident.first_seen).total_seconds()),
            "tenants": incident.tenants,
            "connections": incident.connections,
            "jobs": incident.jobs,
        },
    )
