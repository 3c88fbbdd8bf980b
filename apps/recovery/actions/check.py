"""Ask a partner whether a connection works, by a health check of its own; it runs through every hold."""

from datetime import datetime, timedelta

from django.conf import settings

from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.jobs.actions.enqueue import NewJob, enqueue
from apps.jobs.models import Job

CONFIRM_AFTER = timedelta(seconds=20)


def check(connection: Connection, *, why: str, at: datetime, due_at: datetime | None = None) -> Job:
    """Enqueue a health check of the connection; `why` is what its end is for."""
    new = NewJob(
        lane=lane_of(connection),
        kind="health_check",
        args={"why": why},
        due_at=due_at or at,
        connection=connection.pk,
        priority=0,
    )
    job, _ = enqueue(new, actor=f"system:{why}", at=at)
    return job


def check_soon(connection: Connection, *, why: str, at: datetime) -> Job:
    """Enqueue a health check that begins after a moment, but within a minute."""
    return check(connection, why=why, at=at, due_at=at + CONFIRM_AFTER / settings.SPEED)
