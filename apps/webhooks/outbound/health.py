"""How an endpoint is doing: since when nothing works, who is told of it, and when it is paused."""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from apps.webhooks.models import Endpoint
from apps.webhooks.outbound.actions.pause import NotActive, pause
from apps.webhooks.outbound.actions.tell import record
from apps.webhooks.outbound.choices import EndpointState, PausedFor

PATIENCE = timedelta(hours=120)  # of nothing but failure
TOLD_AT = (50, 75, 100)  # percent of it
ACTOR = "system:webhooks"


def worked(pk: UUID) -> None:
    """Note that an endpoint took something."""
    failing = Endpoint.objects.across_tenants().filter(pk=pk, failing_since__isnull=False)
    failing.update(failing_since=None, told=0)


def failed(pk: UUID, *, at: datetime) -> None:
    """Note that a try failed; tell of it when much of the time is over, and pause when all of it is."""
    mine = Endpoint.objects.across_tenants().filter(pk=pk, removed_at=None, state=EndpointState.ACTIVE)
    if mine.filter(failing_since=None).update(failing_since=at):
        return
    endpoint = mine.first()
    if endpoint is None or endpoint.failing_since is None:
        return
    reached = _reached(endpoint.failing_since, at)
    if mine.filter(told__lt=reached).update(told=reached) != 1:
        return
    if reached == TOLD_AT[-1]:
        stop(pk, why=PausedFor.FAILING, at=at)
    else:
        since = endpoint.failing_since.isoformat()
        record("webhook.failing", endpoint, actor=ACTOR, at=at, percent=reached, failing_since=since)


def stop(pk: UUID, *, why: PausedFor, at: datetime) -> None:
    """Pause it, unless somebody was first."""
    with suppress(NotActive):
        pause(pk, why=why, actor=ACTOR, at=at)


def _reached(since: datetime, at: datetime) -> int:
    over = 100 * (at - since) / (PATIENCE / settings.SPEED)
    return max((percent for percent in TOLD_AT if over >= percent), default=0)
