"""Cancel a job: at once while it waits, as a wish while its outcome is open."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.core.problems import Problem
from apps.events import log
from apps.jobs import metrics
from apps.jobs.choices import FINAL, HeldFor, JobState
from apps.jobs.kinds import KINDS
from apps.jobs.models import Job


class AlreadyEnded(Problem):
    """The job has ended; what is published can only be deleted."""

    code = "job_already_ended"
    status = 409
    title = "This job has already ended"


class AnswerFirst(Problem):
    """Nobody knows whether the post is out; cancelling it would hide the question."""

    code = "job_unconfirmed"
    status = 409
    title = "Say first whether the post is there"


@transaction.atomic
def cancel(job_id: UUID, *, tenant: UUID, actor: str, at: datetime) -> Job:
    """
    Cancel the job, or note the wish when it is running or verifying.

    :raises AlreadyEnded: when it is final.
    :raises AnswerFirst: when a person must say whether it went out.
    """
    job = Job.objects.for_tenant(tenant).select_for_update().get(pk=job_id)
    if job.state in FINAL:
        raise AlreadyEnded(detail=f"It is {job.get_state_display().lower()}.")
    if job.held_for == HeldFor.UNCONFIRMED:
        raise AnswerFirst(detail="Confirm that it is there, or that it is to be sent again.")
    if job.state in {JobState.RUNNING, JobState.VERIFYING} or job.committed_at:
        job.cancel_wanted = True
        job.save(update_fields=["cancel_wanted"])
        return job
    job.state, job.finished_at, job.held_for = JobState.CANCELLED, at, ""
    job.save(update_fields=["state", "finished_at", "held_for"])
    KINDS.get(job.kind).cancelled(job, at)
    metrics.count_ended([job], JobState.CANCELLED)
    log.record(
        "job.cancelled",
        tenant=tenant,
        subject=f"job:{job.pk}",
        actor=actor,
        at=at,
        cycle=job.cycle,
        data={"job": str(job.pk)},
    )
    return job


@transaction.atomic
def cancel_planned(*, connection: UUID, tenant: UUID, actor: str, at: datetime) -> int:
    """Cancel every post of a connection that is certainly not out; returns how many. The others note the wish."""
    mine = Job.objects.for_tenant(tenant).filter(connection=connection, kind="publish", committed_at=None)
    waits = Q(state__in=[JobState.QUEUED, JobState.WAITING]) | Q(held_for=HeldFor.APPROVAL)
    planned = list(mine.filter(waits).order_by("pk").select_for_update())
    mine.filter(pk__in=[job.pk for job in planned]).update(
        state=JobState.CANCELLED, finished_at=at, held_for=""
    )
    metrics.count_ended(planned, JobState.CANCELLED)
    mine.filter(state__in=[JobState.RUNNING, JobState.VERIFYING]).update(cancel_wanted=True)
    log.record_many(
        [
            log.NewEvent(
                verb="job.cancelled",
                tenant=tenant,
                subject=f"job:{job.pk}",
                actor=actor,
                at=at,
                cycle=job.cycle,
                data={"job": str(job.pk)},
            )
            for job in planned
        ]
    )
    return len(planned)
