"""Accept a publish or a delete as a durable job."""

from datetime import datetime

from django.db import transaction

from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.jobs.actions.enqueue import LaneSpec, NewJob, enqueue
from apps.jobs.models import Job
from apps.publishing import content as contents
from apps.publishing import media, twins
from apps.publishing.jobs import Delete, Publish
from apps.tenants import queries as tenants
from apps.tenants.models import Tenant


@transaction.atomic
def publish(
    *,
    connection: Connection,
    raw: object,
    actor: str,
    at: datetime,
    due_at: datetime | None = None,
    idempotency_key: str | None = None,
    allow_duplicate: bool = False,
) -> tuple[Job, bool]:
    """
    Accept a post for a connection; returns the job and whether it is new.

    :raises ContentRefused: when the connection cannot publish it.
    :raises SamePostTwice: when it repeats a post of the last day and that is not wanted.
    :raises MediaRefused: when a picture of it was cleared away in this very moment.
    """
    content = contents.check(raw, connection=connection)
    media.use(content.media, tenant=connection.tenant_id)
    new = new_publish(
        connection=connection,
        content=content,
        lane=lane_of(connection),
        tenant=tenants.tenant(connection.tenant_id),
        due_at=due_at or at,
        idempotency_key=idempotency_key,
        allow_duplicate=allow_duplicate,
    )
    if not allow_duplicate:
        refuse_twins(connection, new.fingerprint, idempotency_key, at)
    return enqueue(new, actor=actor, at=at)


def new_publish(
    *,
    connection: Connection,
    content: contents.Content,
    lane: LaneSpec,
    tenant: Tenant,
    due_at: datetime,
    idempotency_key: str | None,
    allow_duplicate: bool,
) -> NewJob:
    """Return the job that publishes a checked post, late by the tenant's own rule only."""
    return NewJob(
        lane=lane,
        kind=Publish.name,
        args={
            "platform": connection.platform,
            "account_type": connection.account_type,
            "content": content.to_args(),
        },
        due_at=due_at,
        connection=connection.pk,
        ask_after=due_at + tenant.publish_within,
        skip_after=due_at + tenant.ask_within,
        idempotency_key=idempotency_key,
        fingerprint=content.fingerprint(),
        allow_duplicate=allow_duplicate,
    )


@transaction.atomic
def delete(
    *, connection: Connection, remote_id: str, actor: str, at: datetime, idempotency_key: str | None = None
) -> tuple[Job, bool]:
    """Accept the deletion of a published post; returns the job and whether it is new."""
    new = new_delete(connection=connection, remote_id=remote_id, due_at=at, idempotency_key=idempotency_key)
    return enqueue(new, actor=actor, at=at)


def new_delete(
    *, connection: Connection, remote_id: str, due_at: datetime, idempotency_key: str | None
) -> NewJob:
    """Return the job that takes a post down."""
    return NewJob(
        lane=lane_of(connection),
        kind=Delete.name,
        args={"remote_id": remote_id},
        due_at=due_at,
        connection=connection.pk,
        idempotency_key=idempotency_key,
    )


def refuse_twins(connection: Connection, fingerprint: str, idempotency_key: str | None, at: datetime) -> None:
    """
    Let pass what says something new on this connection, or repeats a request.

    :raises SamePostTwice: naming the first of the two.
    """
    for twin in twins.lately([(connection.pk, fingerprint)], at=at):
        if not idempotency_key or twin.idempotency_key != idempotency_key:
            raise twins.twice(twin.job)
