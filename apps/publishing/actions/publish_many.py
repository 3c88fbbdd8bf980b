"""Accept many posts and deletions at once; one that cannot be accepted does not stop the others."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.connections.credentials import scopes_for
from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.core.problems import Problem
from apps.jobs.actions.enqueue import LaneSpec, NewJob
from apps.jobs.actions.enqueue_many import Accepted, enqueue_many, holders_of
from apps.publishing import content as contents
from apps.publishing import media, twins
from apps.publishing.actions.publish import new_delete, new_publish
from apps.tenants import queries as tenants
from apps.tenants.models import Tenant

Known = dict[
    tuple[UUID | None, str], dict[UUID, str | None]
]  # connection and fingerprint -> jobs with their keys


@dataclass(frozen=True, slots=True)
class Wish:
    """A post that is to go out, or with `remote_id` one that is to be taken down."""

    connection: Connection
    raw: object = None
    remote_id: str | None = None
    due_at: datetime | None = None
    idempotency_key: str | None = None
    allow_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class _Around:
    """What all wishes of a call have in common, read and made once."""

    tenant: Tenant
    accounts: Mapping[
        UUID, tuple[LaneSpec, Collection[str]]
    ]  # by connection: its lane, and what we may do there


@transaction.atomic
def publish_many(
    wishes: Sequence[Wish], *, tenant: UUID, actor: str, at: datetime
) -> list[Accepted | Problem]:
    """
    Return, in order, each wish's job or the reason why it has none; means the same as one after the other.

    :raises MediaRefused: when a picture of one was cleared away in this very moment.
    """
    around = _read(wishes, tenant)
    asked = [_new_job(wish, around, at) for wish in wishes]
    asked = _without_twins(asked, at)
    new = [one for one in asked if isinstance(one, NewJob)]
    media.use((one for job in new for one in _media_of(job)), tenant=tenant)
    accepted = enqueue_many(new, actor=actor, at=at)
    following = iter(accepted)
    return [next(following) if isinstance(one, NewJob) else one for one in asked]


def _media_of(new: NewJob) -> list[UUID]:
    return [UUID(one) for one in new.args.get("content", {}).get("media", ())]


def _read(wishes: Sequence[Wish], tenant: UUID) -> _Around:
    connections = {wish.connection.pk: wish.connection for wish in wishes}
    granted = scopes_for(connections.values())
    accounts = {key: (lane_of(one), granted[key]) for key, one in connections.items()}
    return _Around(tenants.tenant(tenant), accounts)


def _new_job(wish: Wish, around: _Around, at: datetime) -> NewJob | Problem:
    if wish.remote_id is not None:
        return new_delete(
            connection=wish.connection,
            remote_id=wish.remote_id,
            due_at=at,
            idempotency_key=wish.idempotency_key,
        )
    lane, granted = around.accounts[wish.connection.pk]
    try:
        content = contents.check(wish.raw, connection=wish.connection, granted=granted)
    except contents.ContentRefused as refused:
        return refused
    return new_publish(
        connection=wish.connection,
        content=content,
        lane=lane,
        tenant=around.tenant,
        due_at=wish.due_at or at,
        idempotency_key=wish.idempotency_key,
        allow_duplicate=wish.allow_duplicate,
    )


def _without_twins(asked: Sequence[NewJob | Problem], at: datetime) -> list[NewJob | Problem]:
    """Refuse what repeats a post of the last day, or an earlier one of this very call; a repeated request is no repeat."""
    posts = [one for one in asked if isinstance(one, NewJob)]
    bodies, known = _bodies(_alike(posts)), _known(posts, at)
    return [_unless_twin(one, bodies, known) if isinstance(one, NewJob) else one for one in asked]


def _alike(posts: Sequence[NewJob]) -> list[NewJob]:
    """Return those that say what another of this call says: only among them does it matter whose key is taken."""
    times = Counter((one.connection, one.fingerprint) for one in posts if one.fingerprint)
    return [one for one in posts if times[one.connection, one.fingerprint] > 1]


def _bodies(posts: Sequence[NewJob]) -> dict[str, str]:
    """Return what the idempotency keys of these requests stand for already."""
    found = holders_of((one.lane.tenant, one.idempotency_key) for one in posts if one.idempotency_key)
    return {key: body_hash for (_, key), (_, body_hash) in found.items()}


def _known(posts: Sequence[NewJob], at: datetime) -> Known:
    """Return the posts of the last day that say the same, with their keys."""
    same = [(one.connection, one.fingerprint) for one in posts if one.connection and one.fingerprint]
    known: Known = {}
    for twin in twins.lately(same, at=at):
        known.setdefault((twin.connection, twin.fingerprint), {})[twin.job] = twin.idempotency_key
    return known


def _unless_twin(new: NewJob, bodies: dict[str, str], known: Known) -> NewJob | Problem:
    if not new.fingerprint:
        return new
    same = known.setdefault((new.connection, new.fingerprint), {})
    others = [job for job, key in same.items() if key is None or key != new.idempotency_key]
    if others and not new.allow_duplicate:
        return twins.twice(others[0])
    if bodies.setdefault(new.idempotency_key or str(new.job), new.body_hash) == new.body_hash:
        same[new.job] = new.idempotency_key  # else its key refuses it, and nothing is like it
    return new
