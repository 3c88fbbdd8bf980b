"""Asking people to reconnect: once for each dead grant, after a moment, again after days, never about what is healed."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from apps.connections.choices import REFUSED, PausedBy
from apps.connections.lanes import all_scopes
from apps.connections.models import Connection
from apps.core import clock
from apps.events.models import Event
from apps.jobs import queries as jobs
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Hold
from apps.notifications import audience
from apps.notifications.actions.notify import notify
from apps.notifications.actions.withdraw import withdraw
from apps.notifications.models import Notice
from apps.recovery import letters
from apps.recovery.incidents import AUTHORISATION, WINDOW
from apps.recovery.models import Prompt
from apps.tenants import flags
from apps.tenants.choices import Flag, NotifyOn

logger = logging.getLogger(__name__)
ACTOR = "system:prompts"
MOST = 500  # in one go; what is left has its turn a moment later
# An incident that opens meanwhile takes the pause back, and nobody was asked for nothing. The first that one cause hits
# may come two minutes before so many others that it is seen to be one.
DELAY = timedelta(minutes=3)
LOOKS_AGAIN = timedelta(minutes=1)  # while an incident covers it
AGAIN = (timedelta(days=3), timedelta(days=7))  # counted from the stop; then no more
ASKING = sorted(REFUSED)


def open_for(stop: Event) -> None:
    """Note a stop; a new stop of something that people were told about before begins anew."""
    key = UUID(stop.subject.removeprefix("connection:"))
    connection = Connection.objects.across_tenants().filter(pk=key).first()
    if connection is not None:
        open_about(connection, since=stop.at)


def open_about(connection: Connection, *, since: datetime) -> None:
    """Note that it stopped then, unless that is noted."""
    first = since + DELAY / settings.SPEED
    of_this = subject_of(connection)
    fresh = Prompt(tenant_id=connection.tenant_id, since=since, next_at=first, **of_this)
    Prompt.objects.bulk_create([fresh], ignore_conflicts=True)
    # It was open already and they were told: it worked in between, or this would be no new stop.
    told = Prompt.objects.across_tenants().filter(closed_at=None, told__gt=0, since__lt=since, **of_this)
    told.update(since=since, next_at=first, told=0, told_at=None)


def subject_of(connection: Connection) -> dict[str, Any]:
    """Return what a prompt about its stop is about: the whole grant while that is dead, else the connection alone."""
    whole = Hold.objects.filter(
        scope=f"grant:{connection.grant_id}", reason=HoldReason.CONNECTION, closed_at=None
    )
    return {"grant_id": connection.grant_id, "connection": None if whole.exists() else connection}


def close_healed(tenants: Iterable[UUID], *, at: datetime) -> None:
    """Close the prompts of these tenants about which nothing is stopped any more, and take back what is on its way."""
    rows = Prompt.objects.across_tenants().select_for_update().filter(tenant__in=set(tenants), closed_at=None)
    for prompt in rows.order_by("pk"):
        if not stopped_for(prompt):
            _close(prompt, at)


def tell_due() -> int:
    """Tell whoever is to be told by now and return how many were; a prompt that fails stops only itself."""
    due = Prompt.objects.across_tenants().filter(closed_at=None, next_at__lte=clock.now())
    return sum(_try_to_tell(key) for key in due.order_by("next_at").values_list("pk", flat=True)[:MOST])


def _try_to_tell(key: UUID) -> bool:
    try:
        return _tell_one(key)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("prompt.failed", extra={"prompt": str(key)})
        return False


@transaction.atomic
def _tell_one(key: UUID) -> bool:
    at = clock.now()
    # Two processes at once: one of them has it, the other walks on.
    mine = Prompt.objects.across_tenants().select_for_update(skip_locked=True, of=("self",))
    prompt = mine.select_related("tenant", "grant").filter(pk=key, closed_at=None, next_at__lte=at).first()
    return prompt is not None and _judge(prompt, at)


def _judge(prompt: Prompt, at: datetime) -> bool:
    stopped = stopped_for(prompt)
    if not stopped or _covered(prompt):
        _close(prompt, at)
        return False
    if wait := _waits_until(prompt, stopped, at):
        _update(prompt, next_at=wait)
        return False
    tell(prompt, stopped, actor=ACTOR, at=at)
    return True


def stopped_for(prompt: Prompt) -> list[Connection]:
    """Return the connections that it is about and that still ask for a person."""
    rows = Connection.objects.across_tenants().filter(grant=prompt.grant_id, status__in=ASKING)
    mine = rows.filter(pk=prompt.connection_id) if prompt.connection_id else rows
    return list(mine.order_by("paused_at", "name"))


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
        status__in=ASKING,
        paused_by=PausedBy.AUTO,
        pause_reason__in=sorted(AUTHORISATION),
        paused_at__gt=at - WINDOW / settings.SPEED,
    )
    return others.exclude(grant=prompt.grant_id).exists()


def _under_incident(stopped: Sequence[Connection]) -> bool:
    scopes = {scope for one in stopped for scope in all_scopes(one)}
    return Hold.objects.filter(scope__in=scopes, reason__startswith="incident:", closed_at=None).exists()


def tell(prompt: Prompt, stopped: Sequence[Connection], *, actor: str, at: datetime) -> Notice | None:
    """Tell its people of what is stopped, and note when they are told again."""
    counts = jobs.waiting_counts([one.pk for one in stopped], tenant=prompt.tenant_id)
    letter = letters.reconnect(
        stopped,
        tenant=prompt.tenant,
        waiting=sum(counts.values()),
        told=prompt.told,
        last=not any(prompt.since + days > at for days in AGAIN),
        by_themselves=flags.enabled(prompt.tenant_id, Flag.RECONNECT_WIZARD),
        at=at,
    )
    notice = notify(
        key=f"prompt:{prompt.pk}:{prompt.since:%Y%m%dT%H%M%S.%f}:{prompt.told}",
        letter=letter,
        to=audience.people_of(prompt.tenant_id, NotifyOn.PAUSES, at=at),
        tenant=prompt.tenant_id,
        about=prompt.about,
        actor=actor,
        at=at,
    )
    later = [prompt.since + days for days in AGAIN if prompt.since + days > at]
    _update(prompt, told=prompt.told + 1, told_at=at, next_at=later[0] if later else None)
    return notice


def _close(prompt: Prompt, at: datetime) -> None:
    _update(prompt, closed_at=at)
    withdraw(about=prompt.about, actor=ACTOR, at=at)


def _update(prompt: Prompt, **columns: object) -> None:
    Prompt.objects.across_tenants().filter(pk=prompt.pk).update(**columns)
