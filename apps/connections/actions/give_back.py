"""Give a grant back when its last connection was disconnected."""

from datetime import datetime

from apps.connections import grants
from apps.connections.models import Connection
from apps.connections.renewal import lane_of_grant
from apps.jobs.actions.enqueue import NewJob, enqueue
from apps.jobs.models import Job


def give_back(connection: Connection, *, actor: str, at: datetime) -> Job | None:
    """Enqueue the revocation of a connection's grant, unless another connection lives on it; call it last."""
    if grants.is_used(connection.grant_id):
        return None
    new = NewJob(
        lane=lane_of_grant(connection),
        kind="revoke",
        args={"grant": str(connection.grant_id)},
        due_at=at,
        connection=connection.pk,
        priority=0,
    )
    return enqueue(new, actor=actor, at=at)[0]
