"""Replay a dead letter as a new job, or put it aside with a reason."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.problems import Problem
from apps.events import log
from apps.jobs.actions.enqueue import LaneSpec, NewJob, enqueue
from apps.jobs.choices import Resolution
from apps.jobs.models import DeadLetter, Job, Lane


class AlreadyResolved(Problem):
    """Somebody has put this dead letter aside before."""

    code = "dead_letter_already_resolved"
    status = 409
    title = "This dead letter is already resolved"


@transaction.atomic
def replay(letter_id: UUID, *, tenant: UUID, actor: str, at: datetime) -> Job:
    """
    Run the dead letter's job again as a new job that names it as its parent; verify first if it may have gone out.

    :raises AlreadyResolved: so replaying twice does nothing the second time.
    """
    letter = _take(letter_id, tenant=tenant, resolution=Resolution.REPLAYED, note="", actor=actor, at=at)
    old = Job.objects.for_tenant(tenant).get(pk=letter.job_id)
    lane = Lane.objects.for_tenant(tenant).get(pk=old.lane_id)
    args = {name: value for name, value in old.args.items() if name != "v"}
    new = NewJob(
        lane=LaneSpec(key=lane.key, tenant=tenant, platform=lane.platform, scopes=lane.scopes),
        kind=old.kind,
        args=args,
        due_at=at,
        connection=old.connection,
        priority=old.priority,
        fingerprint=old.fingerprint,
        allow_duplicate=True,
        parent=old.pk,
        cycle=old.cycle,
        unknown_since=old.unknown_since,
        sent_at=old.sent_at,
        progress=old.progress,
    )
    job, _ = enqueue(new, actor=actor, at=at)
    return job


@transaction.atomic
def resolve(letter_id: UUID, *, tenant: UUID, note: str, actor: str, at: datetime) -> DeadLetter:
    """
    Put the dead letter aside without a replay.

    :raises AlreadyResolved: when somebody was first.
    """
    return _take(letter_id, tenant=tenant, resolution=Resolution.RESOLVED, note=note, actor=actor, at=at)


def _take(
    letter_id: UUID, *, tenant: UUID, resolution: str, note: str, actor: str, at: datetime
) -> DeadLetter:
    open_ones = DeadLetter.objects.for_tenant(tenant).filter(pk=letter_id, resolved_at=None)
    if open_ones.update(resolved_at=at, resolved_by=actor, resolution=resolution, note=note) != 1:
        raise AlreadyResolved(detail="It may have been replayed or resolved a moment ago.")
    letter = DeadLetter.objects.for_tenant(tenant).get(pk=letter_id)
    log.record(
        "error.resolved",
        tenant=tenant,
        subject=f"dead_letter:{letter.pk}",
        actor=actor,
        at=at,
        data={"job": str(letter.job_id), "resolution": resolution},
    )
    return letter
