"""Try a post once more that ended without being out."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.connections.choices import ConnectionStatus
from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.core.problems import Problem
from apps.jobs.actions.enqueue import enqueue
from apps.jobs.actions.replay import replay
from apps.jobs.choices import JobState
from apps.jobs.kinds import doubted_since
from apps.jobs.models import DeadLetter, Job
from apps.publishing import content as contents
from apps.publishing.actions.publish import new_publish, refuse_twins
from apps.publishing.jobs import Publish
from apps.tenants import queries as tenants


class NotAgain(Problem):
    """There is nothing to try again."""

    code = "post_not_again"
    status = 409
    title = "This post cannot be tried again"


@transaction.atomic
def again(job_id: UUID, *, tenant: UUID, actor: str, at: datetime) -> Job:
    """
    Run a failed or dead post anew, this account alone; what may be out is looked for first.

    :raises NotAgain: when it has not ended so, or somebody was first.
    :raises ContentRefused: when the account cannot publish it any more.
    :raises SamePostTwice: when another post says the same there.
    """
    rows = Job.objects.for_tenant(tenant).select_for_update(of=("self",))
    old = rows.get(pk=job_id, kind=Publish.name)
    mine = Connection.objects.for_tenant(tenant)
    account = mine.filter(pk=old.connection).first() if old.connection else None
    if account is None:
        raise NotAgain(detail="Its account is no longer here.")
    if account.status == ConnectionStatus.INACTIVE:
        raise NotAgain(detail=f"Connect {account.name} again first.")
    if old.state == JobState.DEAD:
        return _replay(old, account, actor=actor, at=at)
    if old.state != JobState.FAILED or Job.objects.for_tenant(tenant).filter(parent=old.pk).exists():
        raise NotAgain(detail="Somebody has tried it again already.")
    return _anew(old, account, actor=actor, at=at)


def _replay(old: Job, account: Connection, *, actor: str, at: datetime) -> Job:
    tenant: UUID = old.tenant_id  # type: ignore[assignment]  # it was found by it
    letter = DeadLetter.objects.for_tenant(tenant).filter(job=old, resolved_at=None).first()
    if letter is None:
        raise NotAgain(detail="Somebody has tried it again already, or put it aside.")
    if not (old.allow_duplicate or doubted_since(old)):  # what may be out is looked for, and found
        refuse_twins(account, old.fingerprint, None, at)
    return replay(letter.pk, tenant=tenant, actor=actor, at=at, publish_late=True)


def _anew(old: Job, account: Connection, *, actor: str, at: datetime) -> Job:
    content = contents.check(old.args["content"], connection=account)
    new = new_publish(
        connection=account,
        content=content,
        lane=lane_of(account),
        tenant=tenants.tenant(account.tenant_id),
        due_at=at,
        idempotency_key=None,
        allow_duplicate=old.allow_duplicate,
    )
    if not old.allow_duplicate:
        refuse_twins(account, new.fingerprint, None, at)
    job, _ = enqueue(replace(new, parent=old.pk, cycle=old.cycle), actor=actor, at=at)
    Publish().repeat({old.pk: job.pk})
    return job
