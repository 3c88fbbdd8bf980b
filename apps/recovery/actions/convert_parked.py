"""What was just held for operations where auto-pause is off, and turns out to be of an incident: that holds it now."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.events.models import Event
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Hold, Lane
from apps.recovery import stages
from apps.recovery.actions.hold_for_operations import AUTOPAUSE_OFF, SENTENCE
from apps.recovery.actions.hold_hits import NewHit, hold_hits
from apps.recovery.incidents import ROUND, WINDOW
from apps.recovery.models import Incident

ACTOR = "system:incident_guard"


def convert_parked(incident: Incident, *, at: datetime) -> int:
    """Let the incident hold these connections, so that they go on with the others when it is over; return how many."""
    parked = Hold.objects.filter(
        reason=HoldReason.OPS,
        sentence=SENTENCE,
        closed_at=None,
        since__gt=incident.opened_at - WINDOW,
        since__lte=incident.opened_at + ROUND,
    )
    codes = _codes(list(parked.values_list("scope", flat=True)))
    found = Connection.objects.across_tenants().filter(
        Q(pk__in=_ids(codes, "lane:connection:")) | Q(grant__in=_ids(codes, "grant:")),
        stages.reach(incident),
        platform=incident.platform,
        status=ConnectionStatus.ACTIVE,
    )
    met = {one.lane_key: (one, _met(one, codes)) for one in found}
    lanes = Lane.objects.across_tenants().filter(key__in=met)
    hits = [
        NewHit(lane.pk, lane.key, one.tenant_id, one.pk, code, "")
        for lane in lanes
        for one, code in [met[lane.key]]
    ]
    hold_hits(incident, hits, at=at)
    mine = {f"lane:{one.lane_key}" for one, _ in met.values()} | {
        f"grant:{one.grant_id}" for one, _ in met.values()
    }
    parked.filter(scope__in=mine).update(closed_at=at, closed_by=ACTOR)
    return len(hits)


def _codes(scopes: list[str]) -> dict[str, str]:
    """Return what each was parked for; the newest counts."""
    told = Event.objects.filter(subject__in=scopes, verb="lane.parked", data__by=AUTOPAUSE_OFF).order_by("id")
    return dict(told.values_list("subject", "data__code"))


def _met(connection: Connection, codes: dict[str, str]) -> str:
    return codes.get(f"lane:{connection.lane_key}") or codes[f"grant:{connection.grant_id}"]


def _ids(scopes: dict[str, str], prefix: str) -> list[UUID]:
    return [UUID(scope.removeprefix(prefix)) for scope in scopes if scope.startswith(prefix)]
