"""Accept many posts and deletions at once; one that cannot be accepted does not stop the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.connections.models import Connection
from apps.core.problems import Problem
from apps.jobs.actions.enqueue import NewJob
from apps.jobs.actions.enqueue_many import Accepted, enqueue_many
from apps.publishing import content as contents
from apps.publishing.actions.publish import new_delete, new_publish, same_lately, twice
from apps.tenants import queries as tenants
from apps.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Wish:
    """A post that is to go out, or with `remote_id` one that is to be taken down."""

    connection: Connection
    raw: object = None
    remote_id: str | None = None
    due_at: datetime | None = None
    idempotency_key: str | None = None
    allow_duplicate: bool = False


@transaction.atomic
def publish_many(
    wishes: Sequence[Wish], *, tenant: UUID, actor: str, at: datetime
) -> list[Accepted | Problem]:
    """Return, in order, each wish's job or the reason why it has none; means the same as one after the other."""
    owner = tenants.tenant(tenant)
    asked = [_new_job(wish, owner, at) for wish in wishes]
    asked = _without_twins(asked, at)
    accepted = enqueue_many([one for one in asked if isinstance(one, NewJob)], actor=actor, at=at)
    following = iter(accepted)
    return [next(following) if isinstance(one, NewJob) else one for one in asked]


def _new_job(wish: Wish, tenant: Tenant, at: datetime) -> NewJob | Problem:
    if wish.remote_id is not None:
        return new_delete(
            connection=wish.connection,
            remote_id=wish.remote_id,
            due_at=at,
            idempotency_key=wish.idempotency_key,
        )
    try:
        content = contents.check(wish.raw, connection=wish.connection)
    except contents.ContentRefused as refused:
        return refused
    return new_publish(
        connection=wish.connection,
        content=content,
        tenant=tenant,
        due_at=wish.due_at or at,
        idempotency_key=wish.idempotency_key,
        allow_duplicate=wish.allow_duplicate,
    )


def _without_twins(asked: Sequence[NewJob | Problem], at: datetime) -> list[NewJob | Problem]:
    """Refuse what repeats a post of the last day, or an earlier one of this very call; a repeated request is no repeat."""
    posts = [one for one in asked if isinstance(one, NewJob) and one.fingerprint]
    known: dict[tuple[UUID | None, str], dict[UUID, str | None]] = {}
    rows = same_lately(
        [one.connection for one in posts if one.connection], [one.fingerprint for one in posts], at=at
    )
    for job, connection, fingerprint, key in rows.values_list(
        "id", "connection", "fingerprint", "idempotency_key"
    ):
        known.setdefault((connection, fingerprint), {})[job] = key
    return [_unless_twin(one, known) if isinstance(one, NewJob) else one for one in asked]


def _unless_twin(
    new: NewJob, known: dict[tuple[UUID | None, str], dict[UUID, str | None]]
) -> NewJob | Problem:
    if not new.fingerprint:
        return new
    same = known.setdefault((new.connection, new.fingerprint), {})
    others = [job for job, key in same.items() if key is None or key != new.idempotency_key]
    if others and not new.allow_duplicate:
        return twice(others[0])
    same[new.job] = new.idempotency_key
    return new
