"""Operations are told when a partner's signed POSTs can no longer be read: its format has changed, or ours is wrong."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.events import log
from apps.notifications import audience
from apps.notifications.actions.notify import notify
from apps.recovery import letters
from apps.webhooks.inbound.choices import IntakeState
from apps.webhooks.models import Intake

MANY = 5
WITHIN = timedelta(days=1)


def of_malformed(receivers: Iterable[str], *, at: datetime) -> None:
    """Tell operations once a day for each address that has had too many."""
    for receiver in receivers:
        rows = Intake.objects.filter(receiver=receiver, state=IntakeState.MALFORMED, at__gt=at - WITHIN)
        count = rows.count()
        if count >= MANY:
            _tell(receiver, count, at)


def _tell(receiver: str, count: int, at: datetime) -> None:
    letter = letters.operations(
        f"Webhooks of {receiver} cannot be read",
        f"{count} POSTs within a day were signed by the partner and are not what it documents.",
        "They are kept as they came. Look at one in the console; they can be replayed once we can read them.",
    )
    told = notify(
        key=f"webhook.malformed:{receiver}:{at:%Y-%m-%d}",
        letter=letter,
        to=audience.operations(at=at),
        tenant=None,
        about=f"receiver:{receiver}",
        actor="system:webhooks",
        at=at,
    )
    if told:
        log.record(
            "webhook.malformed",
            tenant=None,
            subject=f"receiver:{receiver}",
            actor="system:webhooks",
            at=at,
            data={"count": count},
        )
