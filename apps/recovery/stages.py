"""Whom an incident concerns: one on a drill's stage the connections that are led there, a partner's all the others."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from apps.connections import routes
from apps.recovery.incidents import Around
from apps.recovery.models import Incident


def reach(incident: Incident) -> Q:
    """Return which connections an incident may touch."""
    led = routes.unclosed()
    if incident.drill:
        return Q(pk__in=led.filter(run=incident.drill).values("connection"))
    return ~Q(pk__in=led.values("connection"))


def drills_of(connections: Collection[UUID | None]) -> dict[UUID | None, str]:
    """Return the drill that leads each of these connections to its stage; those that none leads are left out."""
    known = [one for one in connections if one]
    return dict(routes.unclosed_on(known).values_list("connection", "run"))


def is_gone(drill: str, *, at: datetime) -> bool:
    """Return True when a drill leads nobody to its stage any more."""
    return not routes.unclosed().filter(run=drill, until__gt=at).exists()


def around(drill: str) -> Around:
    """Return what surrounds failures on a drill's stage: nobody but those that are led there."""
    led = routes.unclosed().filter(run=drill).count()
    return Around(called=led, active=led)
