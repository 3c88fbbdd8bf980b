"""Claims whose commit was cut off from its answer: they may have been made, and then nobody calls what they took."""

from uuid import UUID

from apps.jobs.choices import JobState
from apps.jobs.claim import Claimed
from apps.jobs.models import Job
from apps.jobs.sweep import as_before_claim, open_attempts


def taken(runner: UUID, *, busy: frozenset[UUID]) -> list[Claimed]:
    """Return what runs under this runner although it knows nothing of it; in `busy` lanes it has calls under way."""
    jobs = list(
        Job.objects.across_tenants().filter(runner=runner, state=JobState.RUNNING).exclude(lane__in=busy)
    )
    attempts = open_attempts(jobs)
    return [
        Claimed(as_before_claim(job, attempts[job.pk]), attempts[job.pk].pk, job.fence, job.run_at)
        for job in jobs
        if job.pk in attempts
    ]
