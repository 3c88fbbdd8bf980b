"""A connection on which nothing has worked for days: operations are warned, and after a week it is paused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Min, QuerySet

from apps.connections.choices import ConnectionStatus, PausedBy
from apps.connections.models import Connection
from apps.core import clock, ids
from apps.events import log
from apps.events.models import Event
from apps.jobs.choices import AttemptOutcome, JobState
from apps.jobs.models import Attempt, Job
from apps.recovery.actions.pause import NotActive, pause
from apps.recovery.incidents import APP, AUTHORISATION
from apps.tenants import flags
from apps.tenants.choices import Flag

WARN_AFTER, WARN_FAILURES = timedelta(days=4), 20
PAUSE_AFTER, PAUSE_FAILURES = timedelta(days=7), 30
LOOKS_EVERY = timedelta(hours=2)  # the task runs every hour
LOOKS_BACK = timedelta(days=30)  # attempts are kept so long
ACTOR = "system:inactive_rule"
CONTROL = ("health_check", "refresh", "revoke")
# What people or operations are told of already.
TOLD_OTHERWISE = AUTHORISATION | APP


@dataclass(frozen=True, slots=True)
class Streak:
    """Failures in a row: since when, how many, and the last one's code."""

    since: datetime
    failures: int
    code: str


def verdict(streak: Streak, *, at: datetime) -> str:
    """Return what a streak leads to: pause, warn, or nothing."""
    lasts = at - streak.since
    if lasts >= PAUSE_AFTER and streak.failures >= PAUSE_FAILURES:
        return "pause"
    if lasts >= WARN_AFTER and streak.failures >= WARN_FAILURES:
        return "warn"
    return ""


def apply_inactive_rule(*, at: datetime) -> None:
    """Look at the connections that failed lately: only a failure can make a streak longer."""
    failing = Connection.objects.across_tenants().filter(
        pk__in=[one for one in _failing_lately(at) if one], status=ConnectionStatus.ACTIVE
    )
    unwanted = flags.off_among({one.tenant_id for one in failing}, Flag.RECOVERY_AUTOPAUSE)
    for connection in failing:
        streak = _streak(connection)
        said = verdict(streak, at=at) if streak else ""
        if streak and said == "pause" and connection.tenant_id not in unwanted:
            _pause(connection, streak, at)
        elif streak and said:
            _warn(connection, streak, at)


def _failing_lately(at: datetime) -> list[UUID | None]:
    oldest = ids.floor(clock.real_now() - LOOKS_EVERY)
    rows = _failures().filter(pk__gte=oldest, finished_at__gt=at - LOOKS_EVERY, job__connection__isnull=False)
    return list(rows.values_list("job__connection", flat=True).distinct())


def _failures() -> QuerySet[Attempt]:
    ended = Attempt.objects.filter(outcome__in=[AttemptOutcome.FAILURE, AttemptOutcome.UNKNOWN])
    return ended.exclude(error_code__in=["", *sorted(TOLD_OTHERWISE)]).exclude(job__kind__in=CONTROL)


def _streak(connection: Connection) -> Streak | None:
    """Return the failures since the last success; None when there are none."""
    mine = Job.objects.for_tenant(connection.tenant_id).filter(connection=connection.pk)
    succeeded = mine.filter(state=JobState.SUCCEEDED).exclude(kind__in=CONTROL)
    last = succeeded.aggregate(at=Max("finished_at"))["at"]
    oldest = ids.floor(clock.real_now() - LOOKS_BACK)
    failures = _failures().filter(pk__gte=oldest, job__in=mine)
    if last:
        failures = failures.filter(finished_at__gt=last)
    found = failures.aggregate(since=Min("finished_at"), count=Count("pk"))
    newest = failures.order_by("-pk").values_list("error_code", flat=True).first()
    return Streak(found["since"], found["count"], newest) if newest else None


def _pause(connection: Connection, streak: Streak, at: datetime) -> None:
    days = (at - streak.since).days
    try:
        pause(
            connection,
            by=PausedBy.INACTIVE_RULE,
            code=streak.code,
            why=f"Nothing has worked for {days} days; {streak.failures} tries failed.",
            actor=ACTOR,
            at=at,
        )
    except NotActive:
        return  # something else stopped it a moment ago


@transaction.atomic
def _warn(connection: Connection, streak: Streak, at: datetime) -> None:
    """Tell operations once for each streak."""
    subject = f"connection:{connection.pk}"
    if Event.objects.filter(subject=subject, verb="connection.failing", at__gt=streak.since).exists():
        return
    log.record(
        "connection.failing",
        tenant=connection.tenant_id,
        subject=subject,
        actor=ACTOR,
        at=at,
        data={"since": streak.since.isoformat(), "failures": streak.failures, "code": streak.code},
    )
