"""The partner takes back everybody's access by mistake, and gives it again."""

from collections.abc import Sequence

from django.conf import settings

from apps.connections.choices import STOPPED, ConnectionStatus
from apps.connections.models import Connection
from apps.connections.stage import StageTokens
from apps.drills import desk
from apps.drills.models import DrillRun
from apps.drills.refusals import DrillRefused
from apps.drills.scenarios import seen
from apps.drills.scenarios.base import Findings, Scenario
from apps.recovery.incidents import SIGN_INS
from apps.recovery.models import Hit, Incident


def _takes(named: Sequence[Connection]) -> Sequence[Connection]:
    """What is missing to an incident comes from the tenant's other sign-ins at that partner, no more of them than it needs."""
    platform = named[0].platform
    if any(one.platform != platform for one in named):
        raise DrillRefused(detail="An incident is one partner's. Name connections of one partner.")
    rows = Connection.objects.for_tenant(named[0].tenant_id).filter(platform=platform)
    stopped = rows.filter(status__in=STOPPED).values("grant")
    working = rows.filter(status=ConnectionStatus.ACTIVE).exclude(grant__in=stopped)
    sign_ins: dict[object, list[Connection]] = {one.grant_id: [] for one in named}
    for one in working.order_by("pk"):
        if one.grant_id not in sign_ins and _suffice(sign_ins):
            continue
        sign_ins.setdefault(one.grant_id, []).append(one)
    if not _suffice(sign_ins):
        words = f"{settings.INCIDENT_CONNECTIONS} working connections of {SIGN_INS} sign-ins at one partner"
        raise DrillRefused(detail=f"An incident takes {words}; this tenant has fewer there.")
    return [one for mine in sign_ins.values() for one in mine]


def _suffice(sign_ins: dict[object, list[Connection]]) -> bool:
    count = sum(len(mine) for mine in sign_ins.values())
    return count >= settings.INCIDENT_CONNECTIONS and len(sign_ins) >= SIGN_INS


def _spoil(_run: DrillRun, _connection: Connection, tokens: StageTokens) -> None:
    desk.end_tokens([tokens.access, tokens.own, tokens.refresh], mode="revoked")


def _mend(_run: DrillRun, tokens: StageTokens) -> None:
    desk.end_tokens([tokens.access, tokens.own, tokens.refresh], mode="valid")


def _is_over(run: DrillRun) -> bool:
    """It is watched until it closes by itself."""
    return not Incident.objects.filter(drill=run.key, closed_at=None).exists()


def _look(run: DrillRun) -> Findings:
    """One cause, one incident, and all of it was taken for a part of that."""
    mine = Incident.objects.filter(drill=run.key)
    hit = Hit.objects.across_tenants().filter(incident__in=mine).values("connection").distinct().count()
    ends = list(mine.order_by("pk").values_list("end", flat=True))
    amiss = []
    if len(ends) > 1:
        amiss.append(f"it was taken for {len(ends)} incidents")
    if hit < len(run.connections):
        amiss.append(
            f"{len(run.connections) - hit} accounts were treated as if they alone had lost their access"
        )
    return Findings({"incidents": len(ends), "incident_ended": ends[-1] if ends else None}, amiss)


SCENARIO = Scenario(
    "Many accounts lose their access at once, as by a partner's mistake. It takes as many of the tenant's there as an incident does.",
    _spoil,
    seen.incident,
    posts=3,
    by_the_clock=True,
    is_incident=True,
    mend=_mend,
    takes=_takes,
    is_over=_is_over,
    look=_look,
)
