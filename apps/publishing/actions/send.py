"""Send a written post to several accounts: each target is a job of its own, one failing never touches the others."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.connections.models import Connection
from apps.core.problems import Problem
from apps.jobs.actions.enqueue_many import Accepted
from apps.publishing.actions.publish_many import Wish, publish_many
from apps.publishing.models import Post, Target
from apps.publishing.written import Written, contents_for


class PostRefused(Problem):
    """Some of its accounts would not take it; then nothing is stored for any of them."""

    code = "post_refused"
    status = 422
    title = "This post cannot be published like this"

    def __init__(self, why: Mapping[UUID, Problem]) -> None:
        super().__init__(detail="Nothing was stored.")
        self.why = why  # by connection


class SentBefore(Problem):
    """What was sent under this id said something else."""

    code = "post_sent_before"
    status = 409
    title = "This post was sent already"

    def __init__(self, post: Post) -> None:
        super().__init__(detail="What you see now was not sent.")
        self.post = post


def send(
    *,
    post_id: UUID,
    written: Written,
    connections: Sequence[Connection],
    tenant: UUID,
    author: UUID,
    at: datetime,
    due_at: datetime | None = None,
    allow_duplicate: bool = False,
) -> tuple[Post, bool]:
    """
    Send a post under the id that its form was given; return it and whether it is new: the same form sends once.

    :raises PostRefused: when one of the accounts cannot publish it, or has it already and that is not wanted.
    :raises SentBefore: when something else was sent under this id.
    """
    post = Post(
        pk=post_id,
        tenant_id=tenant,
        author_id=author,
        content=written.to_json(),
        scheduled_at=due_at,
        created_at=at,
    )
    try:
        with transaction.atomic():
            # The second of two clicks waits here for the first, whatever process it is in.
            post.save(force_insert=True)
            _send(post, written, connections, allow_duplicate=allow_duplicate)
    except IntegrityError as error:
        if "publishing_post_pkey" not in str(error):
            raise
        return _same(post, connections), False
    return post, True


def _send(post: Post, written: Written, connections: Sequence[Connection], *, allow_duplicate: bool) -> None:
    contents = contents_for(written, connections)
    wishes = [
        Wish(one, raw=contents[one.pk], due_at=post.scheduled_at, allow_duplicate=allow_duplicate)
        for one in connections
    ]
    actor = f"user:{post.author_id}"
    answers = publish_many(wishes, tenant=post.tenant_id, actor=actor, at=post.created_at)
    refused = {one.pk: why for one, why in zip(connections, answers, strict=True) if isinstance(why, Problem)}
    if refused:
        raise PostRefused(refused)
    Target.objects.bulk_create(
        Target(tenant_id=post.tenant_id, post=post, connection=one, job_id=answer.job)
        for one, answer in zip(connections, answers, strict=True)
        if isinstance(answer, Accepted)
    )


def _same(post: Post, connections: Sequence[Connection]) -> Post:
    """Return what stands under this id already, when it is what was meant."""
    first = Post.objects.for_tenant(post.tenant_id).get(pk=post.pk)
    went_to = (
        Target.objects.for_tenant(post.tenant_id).filter(post=first).values_list("connection", flat=True)
    )
    same = (first.content, first.scheduled_at) == (post.content, post.scheduled_at)
    if not same or set(went_to) != {one.pk for one in connections}:
        raise SentBefore(first)
    return first
