"""Answer a held job: "it is there", "send it again", "publish now" or "skip"."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.problems import Problem
from apps.events import log
from apps.jobs import metrics, wake
from apps.jobs.actions.hold import lock_lanes, rewake
from apps.jobs.choices import FINAL, HeldFor, JobState
from apps.jobs.kinds import KINDS
from apps.jobs.models import Job, Lane

IT_IS_THERE = "it_is_there"
SEND_AGAIN = "send_again"
PUBLISH = "publish"
SKIP = "skip"
ANSWERS = {
    HeldFor.UNCONFIRMED: (IT_IS_THERE, SEND_AGAIN),
    HeldFor.APPROVAL: (PUBLISH, SKIP),
    HeldFor.OPS: (SEND_AGAIN, SKIP),
}


class NotAsked(Problem):
    """The job does not wait for this answer (any more)."""

    code = "job_not_asked"
    status = 409
    title = "This job does not wait for that answer"


@transaction.atomic
def answer(job_id: UUID, said: str, *, tenant: UUID, actor: str, at: datetime) -> Job:
    """
    Carry out a person's choice for a held job.

    :raises NotAsked: when the job is not held for a question that this answers.
    """
    lane_key = (
        Lane.objects.for_tenant(tenant).get(pk=Job.objects.for_tenant(tenant).get(pk=job_id).lane_id).key
    )
    lock_lanes([lane_key])  # before the job, like a partner who tells of it in the same moment
    job = Job.objects.for_tenant(tenant).select_for_update().get(pk=job_id)
    if job.state != JobState.HELD or said not in ANSWERS[HeldFor(job.held_for)]:
        raise NotAsked(detail="Somebody may have answered before.")
    _carry_out(job, said, at)
    job.held_for = ""
    job.save()
    if job.state == JobState.CANCELLED:
        KINDS.get(job.kind).cancelled(job, at)
    if job.state in FINAL:
        metrics.count_ended([job], job.state)
    log.record(
        "job.answered",
        tenant=tenant,
        subject=f"job:{job.pk}",
        actor=actor,
        at=at,
        cycle=job.cycle,
        data={"job": str(job.pk), "answer": said, "kind": job.kind, "platform": job.platform},
    )
    rewake(scope=f"lane:{lane_key}", at=at)
    wake.engine_on_commit()
    return job


def _carry_out(job: Job, said: str, at: datetime) -> None:
    if said == IT_IS_THERE:
        job.state, job.finished_at, job.committed_at = JobState.SUCCEEDED, at, job.committed_at or at
        job.error_code = job.error_rule = job.error_message = ""
    elif said == SKIP:
        job.state, job.finished_at = JobState.CANCELLED, at
    elif job.held_for == HeldFor.OPS and job.unknown_since:
        job.state, job.run_at, job.admitted_at = JobState.VERIFYING, at, at
    else:
        # A person has said that it is not out. Since when something of ours may be there is kept all the same: a
        # partner that then refuses a duplicate and names it proves that it was.
        job.state, job.run_at, job.admitted_at = JobState.QUEUED, at, at
        if job.committed_at and job.held_for == HeldFor.UNCONFIRMED:
            _begin_anew(job)


def _begin_anew(job: Job) -> None:
    """What the partner took and never showed is not gone on with: to poll it again would only ask the person again."""
    first = KINDS.get(job.kind).first_step(job.args)
    job.step, job.at_commit, job.calls = first.name, first.at_commit, dict(first.calls)
    job.unknown_since = job.unknown_since or job.committed_at
    job.committed_at, job.progress, job.remote_id, job.permalink = None, {}, "", ""
