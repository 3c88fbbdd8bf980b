"""It was no incident but many dead sign-ins: each held connection is checked, and its own answer decides."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.events import log
from apps.recovery.actions.close_incident import close_incident
from apps.recovery.actions.release_incident import release_hits
from apps.recovery.actions.try_out import check_held
from apps.recovery.choices import IncidentEnd, IncidentState
from apps.recovery.models import Incident, Trial
from apps.recovery.queries import open_hits

AT_ONCE = 100


@transaction.atomic
def begin_judging(incident: Incident, *, at: datetime) -> None:
    """From now on the incident covers nothing: a check that is refused pauses its connection, with its notice."""
    incident.state, incident.stage_at = IncidentState.JUDGING, at
    incident.save(update_fields=["state", "stage_at"])
    log.record(
        "incident.judging",
        tenant=None,
        subject=f"incident:{incident.pk}",
        actor=incident.actor,
        at=at,
        data={"platform": incident.platform, "connections": open_hits(incident).count()},
    )
    check_held(incident, most=AT_ONCE, at=at)


def go_on_judging(incident: Incident, *, at: datetime) -> None:
    """Let go of what was checked, check the next, and close when nothing is left."""
    judged = Trial.objects.filter(
        incident=incident, lane=OuterRef("lane"), began_at__gte=incident.stage_at, ended_at__isnull=False
    )
    release_hits(incident, list(open_hits(incident).filter(Exists(judged))), actor=incident.actor, at=at)
    if not check_held(incident, most=AT_ONCE, at=at) and not open_hits(incident).exists():
        close_incident(incident, end=IncidentEnd.SINGLE_DEATHS, actor=incident.actor, at=at)
