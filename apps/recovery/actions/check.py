"""Ask partners whether connections work, by health checks of their own; they run through every hold."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.jobs.actions.enqueue import NewJob
from apps.jobs.actions.enqueue_many import enqueue_many
from apps.jobs.models import Job

CONFIRM_AFTER = timedelta(seconds=20)


def check(
    connections: Iterable[Connection], *, why: str, at: datetime, soon: bool = False
) -> list[tuple[UUID, UUID]]:
    """Enqueue a health check for each; return lane and job of each; `why` is what its end is for. Soon: after a moment, but within a minute."""
    due_at = at + CONFIRM_AFTER / settings.SPEED if soon else at
    checks = [_job(one, why=why, due_at=due_at) for one in connections]
    if checks:
        enqueue_many(checks, actor=f"system:{why}", at=at)
    rows = Job.objects.across_tenants().filter(pk__in=[one.job for one in checks])
    return list(rows.values_list("lane", "pk"))


def _job(connection: Connection, *, why: str, due_at: datetime) -> NewJob:
    return NewJob(
        lane=lane_of(connection),
        kind="health_check",
        args={"why": why},
        due_at=due_at,
        connection=connection.pk,
        priority=0,
    )
