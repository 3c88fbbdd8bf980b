"""Cancel a job: at once while it waits, as a wish while its outcome is open."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.problems import Problem
from apps.events import log
from apps.jobs.choices import FINAL, HeldFor, JobState
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
def cancel_lane(lane_key: str, *, tenant: UUID, actor: str, at: datetime) -> int:
    """Cancel what waits in a lane; what may be out already is wished away, as `cancel` does for one job."""
    mine = Job.objects.for_tenant(tenant).filter(lane__key=lane_key)
    waiting = mine.filter(state__in=[JobState.QUEUED, JobState.HELD], committed_at=None)
    chosen = list(
        waiting.exclude(held_for=HeldFor.UNCONFIRMED).order_by("pk").select_for_update(of=("self",))
    )
    Job.objects.for_tenant(tenant).filter(pk__in=[job.pk for job in chosen]).update(
        state=JobState.CANCELLED, finished_at=at, held_for=""
    )
    mine.filter(state__in=[JobState.RUNNING, JobState.VERIFYING, JobState.WAITING]).update(cancel_wanted=True)
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
            for job in chosen
        ]
    )
    return len(chosen)


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
