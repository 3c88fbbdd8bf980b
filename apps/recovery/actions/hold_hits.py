"""Hold the lanes that an incident hit; however many, a handful of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.events import log
from apps.jobs.actions.hold import hold_many
from apps.recovery.models import Hit, Incident
from apps.recovery.words import incident_sentence

WHO = "Reknit, by itself"


@dataclass(frozen=True, slots=True)
class NewHit:
    """A lane that met an incident's cause, by which code and rule."""

    lane: UUID
    key: str
    tenant: UUID
    connection: UUID | None
    code: str
    rule: str


@transaction.atomic
def hold_hits(incident: Incident, hits: Sequence[NewHit], *, at: datetime) -> int:
    """Hold these lanes for the incident and return how many were not held by it before."""
    wanted = {one.lane: one for one in hits}
    held = Hit.objects.across_tenants().filter(incident=incident, lane__in=wanted, released_at=None)
    for lane in held.values_list("lane", flat=True):
        del wanted[lane]
    Hit.objects.bulk_create(
        [_row(incident, wanted[lane], at) for lane in sorted(wanted)],
        update_conflicts=True,
        unique_fields=["incident", "lane"],
        update_fields=["code", "rule", "held_at", "released_at"],
    )
    sentence = incident_sentence(incident.family, incident.platform)
    hold_many(
        {f"lane:{one.key}": sentence for one in wanted.values()}, reason=incident.reason, who=WHO, at=at
    )
    log.record_many(
        [event("incident.hit", incident, one.tenant, one.connection, at) for one in wanted.values()]
    )
    return len(wanted)


def event(verb: str, incident: Incident, tenant: UUID, connection: UUID | None, at: datetime) -> log.NewEvent:
    """Return what is told in a connection's own timeline."""
    return log.NewEvent(
        verb=verb,
        tenant=tenant,
        subject=f"connection:{connection}" if connection else f"incident:{incident.pk}",
        actor=incident.actor,
        at=at,
        data={"incident": str(incident.pk), "family": incident.family, "platform": incident.platform},
    )


def _row(incident: Incident, one: NewHit, at: datetime) -> Hit:
    return Hit(
        incident=incident,
        tenant_id=one.tenant,
        lane_id=one.lane,
        connection=one.connection,
        code=one.code,
        rule=one.rule,
        held_at=at,
    )
