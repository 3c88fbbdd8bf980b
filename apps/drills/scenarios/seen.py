"""When the house noticed: read from what it wrote down by itself."""

from datetime import datetime

from django.db.models import Min

from apps.connections.models import Connection
from apps.drills.models import DrillRun
from apps.drills.posts import jobs_of
from apps.events.models import Event
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Attempt, Hold, Job
from apps.recovery.models import Incident

SLOW = 2000  # milliseconds


def stopped(run: DrillRun) -> datetime | None:
    """A connection was paused, or its access counts as taken back."""
    return _event(run, "connection.paused", "connection.revoked")


def renewed(run: DrillRun) -> datetime | None:
    """A renewal was ordered."""
    mine = Job.objects.for_tenant(run.tenant_id).filter(kind="refresh", connection__in=run.connections)
    return _first(mine.filter(created_at__gte=run.started_at).aggregate(at=Min("created_at")))


def broken(run: DrillRun) -> datetime | None:
    """A breaker opened."""
    return _event(run, "breaker.opened")


def throttled(run: DrillRun) -> datetime | None:
    """A lane, or everything of a sign-in, was left alone because the partner said so."""
    rows = Connection.objects.for_tenant(run.tenant_id).filter(pk__in=run.connections)
    scopes = [scope for one in rows for scope in (f"lane:{one.lane_key}", f"grant:{one.grant_id}")]
    mine = Hold.objects.filter(scope__in=scopes, reason=HoldReason.THROTTLE, since__gte=run.started_at)
    return _first(mine.aggregate(at=Min("since")))


def slow(run: DrillRun) -> datetime | None:
    """A call took its time."""
    mine = Attempt.objects.filter(job__in=jobs_of(run), latency_ms__gte=SLOW)
    return _first(mine.aggregate(at=Min("finished_at")))


def doubted(run: DrillRun) -> datetime | None:
    """Nobody knew what became of a post."""
    return _first(jobs_of(run).aggregate(at=Min("unknown_since")))


def told(run: DrillRun) -> datetime | None:
    """A partner's event was acted on."""
    return _event(run, "webhook.told")


def incident(run: DrillRun) -> datetime | None:
    """Many failures were taken for one."""
    return _first(Incident.objects.filter(drill=run.key).aggregate(at=Min("opened_at")))


def _event(run: DrillRun, *verbs: str) -> datetime | None:
    subjects = [f"connection:{one}" for one in run.connections]
    mine = Event.objects.filter(subject__in=subjects, verb__in=verbs, at__gte=run.started_at)
    return _first(mine.aggregate(at=Min("at")))


def _first(found: dict[str, datetime | None]) -> datetime | None:
    return found["at"]
