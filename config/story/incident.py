"""The chapter of the incident: a partner refuses everybody for a while, and no tenant has to do anything about it."""

from rich.console import Console

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.jobs.choices import JobState
from apps.notifications.models import Notice
from apps.recovery.choices import IncidentEnd
from apps.recovery.models import Hit, Incident, Prompt
from config.story.progress import Waiting, demand
from config.story.world import PARTNERS, World, status_of

# What Meta says of a dead token; here it says so of every token, all of them alive.
REFUSED = 400
SLIP = {
    "error": {
        "message": "Error validating access token",
        "type": "OAuthException",
        "code": 190,
        "error_subcode": 460,
    }
}
POSTS = 3  # of each account
BEGIN_AND_END = 2  # what operations are told of


def a_partner_refuses_everybody(world: World, waiting: Waiting, console: Console) -> None:
    """One cause over many accounts is one incident: held, told to operations alone, and released by itself."""
    partner, asked = PARTNERS[0], _told(tenants=True)
    hit = [one for one in world.answering() if one.platform == partner.platform]
    world.refuse_everybody(partner, status=REFUSED, body=SLIP)
    ids = [world.publish(one, _words(one, number)) for number in range(POSTS) for one in hit]
    waiting.until("A partner refuses everybody: one incident", lambda: _covers(hit), within=30)
    demand(
        all(world.state(one) == JobState.QUEUED for one in ids), "what meets an incident is held, not failed"
    )
    world.mend()
    waiting.until("The partner is well again: released by itself", _is_over, within=60)
    waiting.until_ended("What the incident held is caught up", ids, within=60)
    for one in hit:
        texts = [row["text"] for row in world.ledger(one) if row["text"].startswith("Refused at first")]
        demand(
            texts == [_words(one, number) for number in range(POSTS)], "held posts go out once and in order"
        )
    waiting.until(
        "Operations are told of it and of its end",
        lambda: _told(tenants=False) == BEGIN_AND_END,
        within=20,
    )
    demand(_told(tenants=True) == asked, "nobody is asked to reconnect because of a partner")
    demand(not Prompt.objects.across_tenants().filter(closed_at=None).exists(), "and nobody will be")
    incident = Incident.objects.get()
    console.print(
        f"  {incident.connections} accounts of {incident.tenants} tenants: one alert, no mail to tenants"
    )


def _words(connection: Connection, number: int) -> str:
    return f"Refused at first no. {number} of {connection.name}"


def _covers(connections: list[Connection]) -> bool:
    """Return True when an incident holds all of them, and took back the pauses that came before it."""
    held = Hit.objects.across_tenants().filter(released_at=None).values_list("connection", flat=True)
    active = all(status_of(one) == ConnectionStatus.ACTIVE for one in connections)
    return {one.pk for one in connections} <= set(held) and active


def _is_over() -> bool:
    return Incident.objects.filter(end=IncidentEnd.OVER).exists()


def _told(*, tenants: bool) -> int:
    """Return how many notices have reached people of tenants, or operations because of an incident."""
    told = Notice.objects.across_tenants().filter(state="told", tenant__isnull=not tenants)
    return told.count() if tenants else told.filter(key__startswith="incident.").count()
