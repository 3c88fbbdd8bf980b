"""Reads of jobs."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, QuerySet

from apps.core import ids
from apps.jobs.choices import OPEN, HeldFor, JobState
from apps.jobs.models import Attempt, DeadLetter, Job


def jobs_of(*, tenant: UUID) -> QuerySet[Job]:
    """Return the tenant's jobs, newest first."""
    return Job.objects.for_tenant(tenant).order_by("-id")


def attempts_of(job: Job) -> QuerySet[Attempt]:
    """Return every try of a job, oldest first."""
    return Attempt.objects.filter(job=job).order_by("number")


def open_letters(*, tenant: UUID) -> QuerySet[DeadLetter]:
    """Return dead letters that nobody has put aside."""
    return DeadLetter.objects.for_tenant(tenant).filter(resolved_at=None).order_by("-id")


def unconfirmed(*, tenant: UUID) -> QuerySet[Job]:
    """Return the posts of which only a person can say whether they are out, the oldest first."""
    held = Job.objects.for_tenant(tenant).filter(state=JobState.HELD, held_for=HeldFor.UNCONFIRMED)
    return held.order_by("id")


def waiting_counts(connections: list[UUID], *, tenant: UUID) -> dict[UUID, int]:
    """Return how many jobs of each connection have not ended."""
    rows = (
        Job.objects.for_tenant(tenant)
        .filter(connection__in=connections, state__in=sorted(OPEN), kind="publish")
        .values("connection")
        .annotate(waiting=Count("id"))
    )
    return {row["connection"]: row["waiting"] for row in rows if row["connection"]}


def held_counts_across_tenants() -> dict[str, int]:
    """Return how many jobs wait for a person, by what they wait for."""
    rows = (
        Job.objects.across_tenants()
        .filter(state=JobState.HELD)
        .values("held_for")
        .annotate(count=Count("id"))
    )
    return {row["held_for"]: row["count"] for row in rows}


def open_letter_count_across_tenants() -> int:
    """Return how many dead letters nobody has put aside."""
    return DeadLetter.objects.across_tenants().filter(resolved_at=None).count()


def oldest_open_letter_age(at: datetime) -> timedelta | None:
    """Return how long the oldest dead letter of anybody has waited for a person."""
    open_ones = DeadLetter.objects.across_tenants().filter(resolved_at=None)
    oldest: datetime | None = open_ones.aggregate(oldest=Min("created_at"))["oldest"]
    return at - oldest if oldest else None


def error_counts(*, tenant: UUID, since: datetime) -> list[dict[str, str | int]]:
    """Return how many tries of how many jobs ended with each code, the most frequent first."""
    tries = Attempt.objects.filter(pk__gte=ids.floor(since), job__tenant=tenant).exclude(error_code="")
    rows = tries.values("error_code").annotate(attempts=Count("id"), jobs=Count("job", distinct=True))
    return [
        {"code": row["error_code"], "attempts": row["attempts"], "jobs": row["jobs"]}
        for row in rows.order_by("-attempts", "error_code")
    ]
