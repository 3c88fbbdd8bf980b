"""Open an incident: hold what it hit, take back the pauses that it made, and say so once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from apps.connections.choices import ConnectionStatus, PausedBy
from apps.connections.models import STATUS_FIELDS, Connection
from apps.events import log
from apps.jobs.actions.hold import hold
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Hold, Lane
from apps.recovery import stages
from apps.recovery.actions.convert_parked import convert_parked
from apps.recovery.actions.hold_hits import WHO, NewHit, event, hold_hits
from apps.recovery.choices import Family
from apps.recovery.incidents import AUTHORISATION, ROUND, WINDOW, Cause
from apps.recovery.models import Incident
from apps.recovery.queries import extent
from apps.recovery.words import incident_sentence

ACTOR = "system:incident_guard"


@transaction.atomic
def open_incident(
    cause: Cause, hits: Sequence[NewHit], *, codes: Mapping[str, int], first_seen: datetime, at: datetime
) -> Incident | None:
    """Open the incident of this cause, with what it hit so far; None when there is one already."""
    incident = _insert(cause, codes, first_seen, at)
    if incident is None:
        return None
    if cause.family is Family.APP:
        hold_platform(incident, at=at)
    else:
        hold_hits(incident, hits, at=at)
    convert_pauses(incident, at=at)
    size = extent(incident)
    log.record(
        "incident.opened",
        tenant=None,
        subject=f"incident:{incident.pk}",
        actor=ACTOR,
        at=at,
        data={
            "platform": incident.platform,
            "family": incident.family,
            "signature": incident.signature,
            "drill": incident.drill,
            "codes": incident.codes,
            "first_seen": first_seen.isoformat(),
            "tenants": size.tenants,
            "connections": size.connections,
            "jobs": size.jobs,
        },
    )
    return incident


def hold_platform(incident: Incident, *, at: datetime) -> None:
    """Stop everything at the partner: our app itself is refused, so nothing can work."""
    hold(
        scope=f"platform:{incident.platform}",
        reason=incident.reason,
        sentence=incident_sentence(incident.family, incident.platform),
        who=WHO,
        at=at,
    )


@transaction.atomic
def convert_pauses(incident: Incident, *, at: datetime) -> int:
    """
    Make holds of the pauses that this cause has just made, and return how many.

    A settle that ran while the incident opened may still pause one: so this is repeated for a minute. What a partner
    told us of stays paused: somebody took that access back, and no recovery of the partner brings it back.
    """
    if incident.family != Family.AUTHORISATION:
        return 0
    convert_parked(incident, at=at)
    fresh = list(
        Connection.objects.across_tenants()
        .select_for_update(of=("self",), no_key=True)
        .filter(
            stages.reach(incident),
            platform=incident.platform,
            status__in=[ConnectionStatus.ATTENTION, ConnectionStatus.REVOKED],
            paused_by=PausedBy.AUTO,
            pause_reason__in=sorted(AUTHORISATION),
            partner_told=False,
            paused_at__gt=incident.opened_at - WINDOW,
            paused_at__lte=incident.opened_at + ROUND,
        )
        .order_by("pk")
    )
    if not fresh:
        return 0
    hit = {one.lane_key: (one.tenant_id, one.pk, one.pause_reason) for one in fresh}
    for one in fresh:
        one.resume()
    Connection.objects.across_tenants().bulk_update(fresh, STATUS_FIELDS)
    lanes = Lane.objects.across_tenants().filter(key__in=hit)
    hold_hits(incident, [NewHit(lane.pk, lane.key, *hit[lane.key], "") for lane in lanes], at=at)
    _close_holds(fresh, at)
    log.record_many(
        [event("connection.pause_converted", incident, one.tenant_id, one.pk, at) for one in fresh]
    )
    return len(fresh)


def _close_holds(fresh: Sequence[Connection], at: datetime) -> None:
    """Their lanes stay held, by the incident now: nothing is woken."""
    scopes = {f"lane:{one.lane_key}" for one in fresh} | {f"grant:{one.grant_id}" for one in fresh}
    Hold.objects.filter(scope__in=scopes, reason=HoldReason.CONNECTION, closed_at=None).update(
        closed_at=at, closed_by=ACTOR
    )


def _insert(cause: Cause, codes: Mapping[str, int], first_seen: datetime, at: datetime) -> Incident | None:
    incident = Incident(
        platform=cause.platform,
        family=cause.family,
        signature=cause.signature,
        drill=cause.drill,
        codes=dict(codes),
        first_seen=first_seen,
        opened_at=at,
        stage_at=at,
    )
    Incident.objects.bulk_create([incident], ignore_conflicts=True)
    return incident if Incident.objects.filter(pk=incident.pk).exists() else None
