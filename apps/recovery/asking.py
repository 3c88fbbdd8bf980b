"""Telling people what waits for their reconnect: once, after a moment, again after days; a team in one letter."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from apps.connections.choices import PausedBy
from apps.connections.lanes import all_scopes
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs import queries as jobs
from apps.jobs.models import Hold
from apps.notifications import audience
from apps.notifications.actions.notify import notify
from apps.notifications.letter import Letter
from apps.notifications.models import Notice
from apps.recovery import letters, prompts
from apps.recovery.incidents import AUTHORISATION, WINDOW
from apps.recovery.models import Prompt
from apps.tenants import flags
from apps.tenants.choices import Flag, NotifyOn

logger = logging.getLogger(__name__)
MOST = 500  # in one go; what is left has its turn a moment later
ACTOR = prompts.ACTOR
LOOKS_AGAIN = timedelta(minutes=1)  # while an incident covers it
# Sign-ins of one team that die together are told together; the first one waits that long for the last.
PATIENCE = 3 * prompts.DELAY
AGAIN = (timedelta(days=3), timedelta(days=7))  # counted from the stop; then no more


class Asked(NamedTuple):
    """A prompt and what it is about."""

    prompt: Prompt
    stopped: list[Connection]


def tell_due() -> int:
    """Tell whoever is to be told by now and return how many letters went; a prompt that fails stops only itself."""
    due = Prompt.objects.across_tenants().filter(closed_at=None, next_at__lte=clock.now())
    return sum(map(_told, due.order_by("next_at").values_list("pk", flat=True)[:MOST]))


def _told(key: UUID) -> bool:
    together = _try_to_tell(key, alone=False)
    # One of the others may be why it failed.
    return bool(_try_to_tell(key, alone=True) if together is None else together)


def _try_to_tell(key: UUID, *, alone: bool) -> bool | None:
    """Return whether a letter went, None when it could not be written."""
    try:
        return _tell_one(key, alone=alone)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("prompt.failed", extra={"prompt": str(key)})
        return None


@transaction.atomic
def _tell_one(key: UUID, *, alone: bool) -> bool:
    at = clock.now()
    first = Prompt.objects.across_tenants().filter(pk=key, closed_at=None, next_at__lte=at).first()
    team = [one for one in _team_of(first) if one.pk == key or not alone] if first else []
    if key not in {one.pk for one in team if _due(one, at)}:
        return False  # told with another one a moment ago
    asked = [] if _wait_together(team, at) else [found for one in team if (found := _judge(one, at))]
    if not asked or (not alone and _wait_together(_team_of(asked[0].prompt), at)):
        return False
    tell(asked, actor=ACTOR, at=at)
    return True


def _due(prompt: Prompt, at: datetime) -> bool:
    return prompt.next_at is not None and prompt.next_at <= at


def _wait_together(team: Sequence[Prompt], at: datetime) -> bool:
    """Let those that are due wait for the next of the team's stops, while that is worth it; reminders do not wait."""
    due = [one for one in team if _due(one, at)]
    later = [one.next_at for one in team if one.next_at and one.next_at > at]
    if not later or any(one.told or at >= one.since + PATIENCE / settings.SPEED for one in due):
        return False
    for one in due:
        prompts.update(one, next_at=min(later))
    return True


def _team_of(prompt: Prompt) -> list[Prompt]:
    """Return the team's open prompts that were told as often; who comes second waits, and finds them told."""
    mine = Prompt.objects.across_tenants().filter(tenant=prompt.tenant_id, told=prompt.told)
    rows = mine.filter(closed_at=None, next_at__isnull=False).select_related("tenant", "grant")
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def _judge(prompt: Prompt, at: datetime) -> Asked | None:
    """Return what it asks for, unless that is healed, told by another one, or not to be told yet."""
    if not _due(prompt, at):
        return None
    stopped = prompts.stopped_for(prompt)
    if not stopped or _covered(prompt):
        prompts.close(prompt, at)
        return None
    if wait := _waits_until(prompt, stopped, at):
        prompts.update(prompt, next_at=wait)
        return None
    return Asked(prompt, stopped)


def _covered(prompt: Prompt) -> bool:
    """Return True when the whole grant died after one of its connections: there is a prompt about all of them."""
    if prompt.connection_id is None:
        return False
    whole = Prompt.objects.across_tenants().filter(grant=prompt.grant_id, connection=None, closed_at=None)
    return whole.exists()


def _waits_until(prompt: Prompt, stopped: Sequence[Connection], at: datetime) -> datetime | None:
    """Return until when nobody is told: while an incident covers it, or until none can take the pause back any more."""
    if _under_incident(stopped):
        return at + LOOKS_AGAIN / settings.SPEED
    settled = prompt.since + WINDOW / settings.SPEED
    return settled if at < settled and _in_company(prompt, at) else None


def _in_company(prompt: Prompt, at: datetime) -> bool:
    """Return True while other sign-ins at the partner die, too: it may become an incident, and this one is of it."""
    others = Connection.objects.across_tenants().filter(
        platform=prompt.grant.platform,
        status__in=prompts.ASKING,
        paused_by=PausedBy.AUTO,
        pause_reason__in=sorted(AUTHORISATION),
        paused_at__gt=at - WINDOW / settings.SPEED,
    )
    return others.exclude(grant=prompt.grant_id).exists()


def _under_incident(stopped: Sequence[Connection]) -> bool:
    scopes = {scope for one in stopped for scope in all_scopes(one)}
    return Hold.objects.filter(scope__in=scopes, reason__startswith="incident:", closed_at=None).exists()


def tell(asked: Sequence[Asked], *, actor: str, at: datetime) -> Notice | None:
    """Tell a team in one letter of what is stopped, and note when it is told again."""
    first = asked[0].prompt
    again = [first.since + days for days in AGAIN if first.since + days > at]
    notice = notify(
        key=_key(asked),
        letter=_letter(asked, last=not again, at=at),
        to=audience.people_of(first.tenant_id, NotifyOn.PAUSES, at=at),
        tenant=first.tenant_id,
        about=first.about if len(asked) == 1 else f"tenant:{first.tenant_id}",
        actor=actor,
        at=at,
    )
    for prompt, _stopped in asked:
        prompts.update(
            prompt, told=prompt.told + 1, told_at=at, next_at=again[0] if again else None, notice=notice
        )
    return notice


def _key(asked: Sequence[Asked]) -> str:
    """Return the cause of the letter: each stop that it tells of, and how often that was told before."""
    causes = [f"{one.pk}:{one.since:%Y%m%dT%H%M%S.%f}:{one.told}" for one, _stopped in asked]
    return (
        f"prompt:{causes[0] if len(causes) == 1 else hashlib.sha256(' '.join(causes).encode()).hexdigest()}"
    )


def _letter(asked: Sequence[Asked], *, last: bool, at: datetime) -> Letter:
    first = asked[0].prompt
    stopped = [one.stopped for one in asked]
    counts = jobs.waiting_counts([one.pk for each in stopped for one in each], tenant=first.tenant_id)
    return letters.reconnect(
        stopped,
        tenant=first.tenant,
        waiting=sum(counts.values()),
        told=first.told,
        last=last,
        by_themselves=flags.enabled(first.tenant_id, Flag.RECONNECT_WIZARD),
        at=at,
    )
