"""Ask the people of a stopped connection to reconnect, now, because an operator wants it."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.connections.models import Connection
from apps.core.problems import Problem
from apps.events import log
from apps.notifications.models import Notice
from apps.recovery import asking, prompts
from apps.recovery.models import Prompt

AT_MOST_EVERY = timedelta(hours=1)


class NothingToAsk(Problem):
    """A reconnect mends nothing here."""

    code = "nothing_to_ask"
    status = 409
    title = "A reconnect would not help here"


class AskedAlready(Problem):
    """Its people were told a moment ago."""

    code = "asked_already"
    status = 409
    title = "Its people were asked already"


@transaction.atomic
def ask_now(connection: Connection, *, actor: str, at: datetime) -> Notice | None:
    """
    Send the notice that it would get by itself, whatever that waits for; however often it is pressed, one an hour.

    :raises NothingToAsk: when it does not wait for a reconnect.
    :raises AskedAlready: when they were told within the hour.
    """
    current = Connection.objects.across_tenants().get(pk=connection.pk)
    if current.status not in prompts.ASKING:
        raise NothingToAsk(detail=f"{current.name} does not wait for its people.")
    prompts.open_about(current, since=current.paused_at or at)
    rows = Prompt.objects.across_tenants().select_for_update(of=("self",)).select_related("tenant", "grant")
    prompt = rows.filter(closed_at=None, **prompts.subject_of(current)).first()
    stopped = prompts.stopped_for(prompt) if prompt else []
    if prompt is None or not stopped:
        raise NothingToAsk(detail=f"{current.name} was reconnected a moment ago.")
    if prompt.told_at and prompt.told_at > at - AT_MOST_EVERY:
        raise AskedAlready(detail=f"They were told at {prompt.told_at:%H:%M} UTC.")
    log.record(
        "connection.prompted",
        tenant=current.tenant_id,
        subject=f"connection:{current.pk}",
        actor=actor,
        at=at,
        data={"about": prompt.about},
    )
    return asking.tell([asking.Asked(prompt, stopped)], actor=actor, at=at)
