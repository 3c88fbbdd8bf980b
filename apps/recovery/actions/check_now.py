"""Ask a partner at once whether one connection works; whoever asks again meanwhile follows the same check."""

from datetime import datetime

from django.db import transaction

from apps.connections.choices import ConnectionStatus
from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.core.problems import Problem
from apps.events import log
from apps.jobs.actions.enqueue import NewJob, enqueue
from apps.jobs.models import Job

WHY = "asked"


class Disconnected(Problem):
    """There are no credentials to ask with."""

    code = "connection_disconnected"
    status = 409
    title = "This connection is disconnected"


@transaction.atomic
def check_now(connection: Connection, *, actor: str, at: datetime) -> tuple[Job, bool]:
    """
    Enqueue a health check and return it and True, or the one that is on its way and False.

    :raises Disconnected: when its credentials are erased.
    """
    if connection.status == ConnectionStatus.INACTIVE:
        raise Disconnected(detail="Connect the account again; that checks it as well.")
    # A check that has ended moves the time of the last one, and the next wish is a new one; the hour is for one that died.
    last = connection.last_health_check
    key = f"check:{connection.pk}:{last.isoformat() if last else 'none'}:{at:%Y%m%dT%H}"
    new = NewJob(
        lane=lane_of(connection),
        kind="health_check",
        args={"why": WHY},
        due_at=at,
        connection=connection.pk,
        priority=0,
        idempotency_key=key,
    )
    job, fresh = enqueue(new, actor=actor, at=at)
    if fresh:
        subject = f"connection:{connection.pk}"
        log.record(
            "connection.check_ordered", tenant=connection.tenant_id, subject=subject, actor=actor, at=at
        )
    return job, fresh
