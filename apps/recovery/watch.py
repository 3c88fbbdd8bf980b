"""The watch over the partners: opens incidents, holds what they hit further, and takes each one step further."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from apps.connections import way_out
from apps.core import clock
from apps.jobs.actions.hold import release
from apps.jobs.models import Hold, Lane
from apps.recovery import sightings, stages
from apps.recovery.actions.advance_incident import advance_incident
from apps.recovery.actions.hold_hits import NewHit, hold_hits
from apps.recovery.actions.open_incident import convert_pauses, open_incident
from apps.recovery.breaker_rule import apply_breaker_rule
from apps.recovery.choices import COVERING, Family
from apps.recovery.confirmation import take_back_false_alarms
from apps.recovery.incidents import WINDOW, Cause, Sighting, after, by_cause, codes_of, is_incident
from apps.recovery.models import Hit, Incident
from apps.recovery.queries import open_incidents_across_tenants

logger = logging.getLogger(__name__)


def watch() -> None:
    """Look once; safe to run anywhere and twice at a time. A step that fails stops only itself, and says so."""
    steps: tuple[Callable[..., object], ...] = (
        look,
        _advance,
        _free_forgotten,
        take_back_false_alarms,
        apply_breaker_rule,
    )
    for step in steps:
        try:
            step(at=clock.now())
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("watch.failed", extra={"step": step.__name__})


def _advance(*, at: datetime) -> None:
    for pk in list(open_incidents_across_tenants().values_list("pk", flat=True)):
        advance_incident(pk, at=at)


def look(*, at: datetime) -> list[Incident]:
    """Open the incidents that the last minutes show, and hold what met an open one."""
    seen = by_cause(sightings.lately(at=at))
    is_open = {one.cause: one for one in open_incidents_across_tenants()}
    for cause, incident in is_open.items():
        if incident.state in COVERING:
            _hold_further(incident, seen.get(cause, []), at)
    ended = _closed_lately(at)
    opened = []
    for cause in seen.keys() - is_open.keys():
        hits = after(seen[cause], ended[cause]) if cause in ended else seen[cause]
        if hits and (new := _open_if_one(cause, hits, at)):
            opened.append(new)
    return opened


def _open_if_one(cause: Cause, hits: Sequence[Sighting], at: datetime) -> Incident | None:
    surroundings = stages.around(cause.drill) if cause.drill else sightings.around(cause.platform, at=at)
    if not is_incident(cause, hits, surroundings, least=settings.INCIDENT_CONNECTIONS):
        return None
    if codes_of(hits).keys() <= way_out.SILENT and not way_out.is_open():
        return None  # it is us, not them
    first = min(one.first for one in hits)
    return open_incident(cause, _as_new(hits), codes=codes_of(hits), first_seen=first, at=at)


@transaction.atomic
def _hold_further(incident: Incident, hits: Sequence[Sighting], at: datetime) -> None:
    """A refused access is held by its own settle; here are the pauses that it missed, and all other causes."""
    if incident.family == Family.AUTHORISATION:
        convert_pauses(incident, at=at)
        return
    known = dict(Hit.objects.across_tenants().filter(incident=incident).values_list("lane", "released_at"))
    fresh = [one for one in hits if one.last_began > _judged_from(incident, known.get(one.lane))]
    hold_hits(incident, _as_new(fresh), at=at)


def _judged_from(incident: Incident, released_at: datetime | None) -> datetime:
    """A call that began before its lane was released, or before the release began, says nothing of the time after."""
    begin = incident.stage_at if incident.stage else incident.opened_at - WINDOW
    return max(begin, released_at) if released_at else begin


def _as_new(hits: Iterable[Sighting]) -> list[NewHit]:
    by_lane = {one.lane: one for one in hits}
    lanes: Mapping[UUID, Lane] = Lane.objects.across_tenants().in_bulk(by_lane)
    return [
        NewHit(pk, lanes[pk].key, one.tenant, one.connection, one.code, one.rule)
        for pk, one in by_lane.items()
    ]


def _closed_lately(at: datetime) -> dict[Cause, datetime]:
    rows = Incident.objects.filter(closed_at__gt=at - WINDOW).order_by("closed_at")
    return {row.cause: row.closed_at for row in rows if row.closed_at}


@transaction.atomic
def _free_forgotten(*, at: datetime) -> None:
    """A settle may hold a lane for an incident that closes in the same moment: nothing else would release it."""
    open_reasons = {one.reason for one in open_incidents_across_tenants()}
    for one in Hold.objects.filter(reason__startswith="incident:", closed_at=None).exclude(
        reason__in=open_reasons
    ):
        release(scope=one.scope, reason=one.reason, actor="system:incident_guard", at=at)
