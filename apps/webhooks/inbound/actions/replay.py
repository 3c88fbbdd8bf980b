"""Read a partner's POST again, as it came: after we have learnt to read it, or have mended what failed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from apps.core.problems import Problem
from apps.events import log
from apps.webhooks.inbound.choices import IntakeState
from apps.webhooks.inbound.reader import read
from apps.webhooks.models import IncomingEvent, Intake


class NothingToReplay(Problem):
    """It waits for its first reading, or was erased."""

    code = "webhook_not_replayable"
    status = 409
    title = "This cannot be read again"


@transaction.atomic
def replay(intake: UUID, *, actor: str, at: datetime) -> Sequence[IncomingEvent]:
    """
    Act on all that it says, also on what was acted on before; what is older than the last reconnect undoes nothing.

    :raises NothingToReplay: when it has not been read yet, or its content was erased.
    """
    row = Intake.objects.select_for_update().get(pk=intake)
    if row.state == IntakeState.NEW:
        raise NothingToReplay(detail="It is read in a moment anyway.")
    if not row.body:
        raise NothingToReplay(detail="What it said was erased with the person it was about.")
    events = read([row], at=at, again=True)
    Intake.objects.filter(pk=row.pk).update(replays=F("replays") + 1)
    log.record(
        "webhook.replayed",
        tenant=None,
        subject=f"intake:{row.pk}",
        actor=actor,
        at=at,
        data={"receiver": row.receiver, "events": len(events)},
    )
    return events
