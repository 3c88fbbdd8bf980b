"""What people are asked to end by reconnecting: open once for each dead grant, closed as soon as it is healed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F

from apps.connections.choices import REFUSED
from apps.connections.models import Connection
from apps.events.models import Event
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Hold
from apps.notifications.actions.withdraw import withdraw
from apps.recovery.models import Prompt

ACTOR = "system:prompts"
# An incident that opens meanwhile takes the pause back, and nobody was asked for nothing. The first that one cause hits
# may come two minutes before so many others that it is seen to be one.
DELAY = timedelta(minutes=3)
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
    told.update(since=since, next_at=first, told=0, told_at=None, notice=None)


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
            close(prompt, at)


def stopped_for(prompt: Prompt) -> list[Connection]:
    """Return the connections that it is about and that still ask for a person."""
    rows = Connection.objects.across_tenants().filter(grant=prompt.grant_id, status__in=ASKING)
    mine = rows.filter(pk=prompt.connection_id) if prompt.connection_id else rows
    return list(mine.select_related("grant").order_by("paused_at", "name"))


def close(prompt: Prompt, at: datetime) -> None:
    """Close it; a letter that is still on its way is taken back, and written anew about the others that it names."""
    update(prompt, closed_at=at)
    if prompt.notice_id and withdraw([prompt.notice_id], actor=ACTOR, at=at):
        others = Prompt.objects.across_tenants().filter(notice=prompt.notice_id, closed_at=None)
        others.update(told=F("told") - 1, told_at=None, next_at=at, notice=None)


def update(prompt: Prompt, **columns: object) -> None:
    """Write these columns, and no other that somebody changed meanwhile."""
    Prompt.objects.across_tenants().filter(pk=prompt.pk).update(**columns)
