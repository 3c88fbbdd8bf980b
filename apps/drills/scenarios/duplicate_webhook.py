"""A partner says the same several times, and something older after it; each counts once, and nothing undoes a reconnect."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

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
    mine, moments = list(_connections(run)), [_told_at(run), _told_at(run) - OLDER]
    heard = IncomingEvent.objects.filter(
        about__in=[letters.named(one) for one in mine], happened_at__in=moments, at__gte=moments[0]
    )
    done = heard.filter(ending=Ending.DONE).values_list("about", "happened_at", "connections")
    acted = Counter((about, moment) for about, moment, _ in done)
    concerned = {key for _, _, keys in done for key in keys}
    again = "said_again_at" in run.numbers
    amiss = [
        words
        for words, so in (
            ("an event was acted on more than once", any(times > 1 for times in acted.values())),
            ("an event of it concerned others", bool(concerned - set(run.connections))),
            (
                "what was older than a reconnect stopped it again",
                any(moment == moments[1] for _, moment in acted) and any(map(letters.ends_access, mine)),
            ),
            ("it was not said again after that", not again),
        )
        if so
    ]
    said = (3 if again else 1) * TIMES * len(mine)
    return Findings({"said": said, "acted_on": acted.total()}, amiss)


SCENARIO = Scenario(
    "The partner tells the same several times, and something older after it.",
    _spoil,
    seen.told,
    takes=_takes,
    is_over=_is_over,
    look=_look,
)
