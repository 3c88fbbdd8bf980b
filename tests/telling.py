"""Access that ends, and what the house then tells people."""

from datetime import timedelta
from typing import Any

from django.core import mail
from django.db import transaction

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classification import Classification
from apps.errors.classifier import classify_partner_error
from apps.events.models import Cursor
from apps.jobs import chores
from apps.jobs.pump import Pump
from apps.recovery import prompts
from apps.recovery.actions.auto_pause import auto_pause
from apps.recovery.actions.resume import resume
from tests.following import follow

DEAD = {"error": {"code": 190, "error_subcode": 460}}
NO_PERMISSION = {"error": {"code": 200}}
SOON = prompts.DELAY + timedelta(seconds=1)


def found(body: dict[str, Any], status: int = 400) -> Classification:
    """What the classifier says of an answer of Meta's."""
    return classify_partner_error("meta", status, body)


def stop(connection: Connection, body: dict[str, Any] = DEAD) -> None:
    """Let the partner refuse the connection."""
    fresh = Connection.objects.across_tenants().get(pk=connection.pk)
    auto_pause(fresh, found(body), at=clock.now())


def heal(connection: Connection) -> None:
    """Let Alice reconnect."""
    fresh = Connection.objects.across_tenants().get(pk=connection.pk)
    with transaction.atomic():
        resume(fresh, actor="user:alice", at=clock.now())


def after(time: timedelta, pump: Pump) -> list[str]:
    """Let time go by and the house do its work; return the subjects of all mails so far."""
    follow()
    clock.travel(time)
    chores.do_all()
    pump.drain()
    return [str(one.subject) for one in mail.outbox]


def trouble() -> str:
    """What keeps the subscriber from reading on."""
    return Cursor.objects.get(name="recovery.notices").trouble
