"""A pause that a passing check takes back: a partner's slip, once a day at most."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.events import log
from apps.events.models import Event
from apps.jobs.choices import FINAL, JobState
from apps.jobs.models import Job
from apps.recovery.actions.auto_pause import CONFIRMED_ONCE
from apps.recovery.actions.resume import NotStopped, resume

ACTOR = "system:confirmation"
LATELY = timedelta(minutes=10)
# How the newest check ended that began since the pause.
_NEWEST_CHECK = (
    Job.objects.across_tenants()
    .filter(
        connection=OuterRef("pk"),
        kind="health_check",
        state__in=sorted(FINAL),
        created_at__gte=OuterRef("paused_at"),
    )
    .order_by("-id")
    .values("state")[:1]
)


def take_back_false_alarms(*, at: datetime) -> list[Connection]:
    """Let connections go on whose last check has passed since they were paused; never for a missing permission."""
    doubtful = Connection.objects.across_tenants().filter(
        status=ConnectionStatus.ATTENTION,
        pause_reason__in=sorted(CONFIRMED_ONCE),
        last_health_check__gt=at - LATELY,
        last_health_check__gte=F("paused_at"),
    )
    passed = doubtful.annotate(newest=Subquery(_NEWEST_CHECK)).filter(newest=JobState.SUCCEEDED)
    return [one for connection in list(passed) for one in _take_back(connection, at)]


@transaction.atomic
def _take_back(connection: Connection, at: datetime) -> list[Connection]:
    subject = f"connection:{connection.pk}"
    today = Event.objects.filter(
        subject=subject, verb="connection.false_alarm", at__gt=at - timedelta(days=1)
    )
    if today.exists():
        return []
    try:
        back = resume(connection, actor=ACTOR, at=at, gate=False)
    except NotStopped:
        return []  # somebody reconnected it a moment ago
    log.record(
        "connection.false_alarm",
        tenant=connection.tenant_id,
        subject=subject,
        actor=ACTOR,
        at=at,
        data={"code": connection.pause_reason},
    )
    return back
