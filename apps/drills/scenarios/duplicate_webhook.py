"""A partner says the same several times, and something older after it; each counts once, and nothing undoes a reconnect."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.connections.stage import StageTokens
from apps.core import clock
from apps.drills import desk, letters
from apps.drills.models import DrillRun
from apps.drills.refusals import DrillRefused
from apps.drills.scenarios import seen
from apps.drills.scenarios.base import Findings, Scenario
from apps.webhooks.inbound.choices import Ending, IntakeState
from apps.webhooks.models import IncomingEvent, Intake

TIMES = 3
OLDER = timedelta(hours=1)


def _takes(named: Sequence[Connection]) -> Sequence[Connection]:
    """What a partner says of a person stops all that the person has given us, whosever customer that is."""
    for one in named:
        if why := letters.why_none(one):
            raise DrillRefused(detail=why)
        person = Connection.objects.across_tenants().filter(
            platform=one.platform,
            grant__login=one.grant.login,
            grant__external_user_id=one.grant.external_user_id,
        )
        if person.exclude(tenant=one.tenant_id).exclude(status=ConnectionStatus.INACTIVE).exists():
            words = (
                "Whoever authorised it serves others as well; what a partner says of them would stop those."
            )
            raise DrillRefused(detail=words)
    return named


def _spoil(run: DrillRun, connection: Connection, tokens: StageTokens) -> None:
    if letters.ends_access(connection):
        desk.end_tokens([tokens.access, tokens.own, tokens.refresh], mode="app_removed")
    _say([connection], _told_at(run))


def _say(connections: Sequence[Connection], at: datetime) -> None:
    for one in connections:
        for _ in range(TIMES):
            letters.bring(letters.about(one, at=at))


def _connections(run: DrillRun) -> QuerySet[Connection]:
    rows = Connection.objects.for_tenant(run.tenant_id).filter(pk__in=run.connections)
    return rows.select_related("grant").order_by("pk")


def _told_at(run: DrillRun) -> datetime:
    """Partners write whole seconds."""
    return (run.started_at or run.asked_at).replace(microsecond=0)


def _is_over(run: DrillRun) -> bool:
    """Once all is well it is said again, and something older; that must have been read, and change nothing."""
    if not (said := run.numbers.get("said_again_at")):
        mine = list(_connections(run))
        for at in (_told_at(run), _told_at(run) - OLDER):
            _say(mine, at)
        run.numbers = {**run.numbers, "said_again_at": clock.now().isoformat()}
        run.save(update_fields=["numbers"])
        return False
    return not Intake.objects.filter(state=IntakeState.NEW, at__lte=datetime.fromisoformat(said)).exists()


def _look(run: DrillRun) -> Findings:
    """Count what was done about it: once each, and nothing about what is older than a reconnect."""
    mine = _connections(run)
    about = {letters.named(one) for one in mine}
    moments = [_told_at(run), _told_at(run) - OLDER]
    rows = IncomingEvent.objects.filter(
        about__in=about, happened_at__in=moments, at__gte=moments[0], ending=Ending.DONE
    )
    acted = list(rows.values("about", "happened_at").annotate(times=Count("pk")).order_by())
    others = {key for held in rows.values_list("connections", flat=True) for key in held} - set(
        run.connections
    )
    amiss = [f"an event was acted on {one['times']} times" for one in acted if one["times"] > 1]
    if others:
        amiss.append("an event of it concerned others")
    if any(one["happened_at"] < moments[0] for one in acted) and any(map(letters.ends_access, mine)):
        amiss.append("what was older than a reconnect stopped it again")
    if "said_again_at" not in run.numbers:
        amiss.append("it was not said again after that")
    times = 3 * TIMES * len(mine) if "said_again_at" in run.numbers else TIMES * len(mine)
    return Findings({"said": times, "acted_on": sum(one["times"] for one in acted)}, amiss)


SCENARIO = Scenario(
    "The partner tells the same several times, and something older after it.",
    _spoil,
    seen.told,
    takes=_takes,
    is_over=_is_over,
    look=_look,
)
