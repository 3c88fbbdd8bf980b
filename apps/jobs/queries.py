"""Reads of jobs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Min, QuerySet

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


def to_run_again(page: Collection[Job]) -> set[UUID]:
    """Return which of these a person can run anew: open dead letters, and what failed and was not tried again since."""
    dead = [job.pk for job in page if job.state == JobState.DEAD]
    failed = {job.pk for job in page if job.state == JobState.FAILED}
    letters = DeadLetter.objects.across_tenants().filter(job__in=dead, resolved_at=None)
    found = set(letters.values_list("job", flat=True)) if dead else set()
    repeated = Job.objects.across_tenants().filter(parent__in=failed).values_list("parent", flat=True)
    return found | (failed - set(repeated) if failed else set())


def waiting_counts(connections: list[UUID], *, tenant: UUID) -> dict[UUID, int]:
    """Return how many jobs of each connection have not ended."""
    rows = (
        Job.objects.for_tenant(tenant)
        .filter(connection__in=connections, state__in=sorted(OPEN), kind="publish")
        .values("connection")
        .annotate(waiting=Count("id"))
    )
    return {row["connection"]: row["waiting"] for row in rows if row["connection"]}


def waiting_counts_across_tenants(connections: Collection[UUID]) -> dict[UUID, int]:
    """Return how many posts of each connection have not ended, whoever's it is."""
    waiting = Job.objects.across_tenants().filter(
        connection__in=connections, state__in=sorted(OPEN), kind="publish"
    )
    rows = waiting.values_list("connection").annotate(count=Count("id")).order_by()
    return {pk: count for pk, count in rows if pk}


def error_counts(*, tenant: UUID, since: datetime) -> list[dict[str, str | int]]:
    """Return how many tries of how many jobs ended with each code, the most frequent first."""
    tries = Attempt.objects.filter(pk__gte=ids.floor(since), job__tenant=tenant).exclude(error_code="")
    rows = tries.values("error_code").annotate(attempts=Count("id"), jobs=Count("job", distinct=True))
    return [
        {"code": row["error_code"], "attempts": row["attempts"], "jobs": row["jobs"]}
        for row in rows.order_by("-attempts", "error_code")
    ]


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """Open dead letters of one cause: what they ended with, at which partner, by which rule."""

    platform: str
    code: str
    rule: str
    count: int
    first: datetime
    last: datetime


def letter_groups_across_tenants() -> list[LetterGroup]:
    """Return the causes of all open dead letters, the most frequent first."""
    rows = (
        DeadLetter.objects.across_tenants()
        .filter(resolved_at=None)
        .values_list("platform", "error_code", "rule_id")
        .annotate(count=Count("created_at"), first=Min("created_at"), last=Max("created_at"))
    )
    return [LetterGroup(*row) for row in rows.order_by("-count", "error_code", "platform", "rule_id")]


def held_across_tenants(held_for: str) -> QuerySet[Job]:
    """Return the jobs that wait for this, the oldest first."""
    held = Job.objects.across_tenants().filter(state=JobState.HELD, held_for=held_for)
    return held.select_related("tenant").order_by("id")


@dataclass(frozen=True, slots=True)
class Flow:
    """What became of the calls to one partner lately."""

    calls: int = 0
    failed: int = 0
    median_ms: int = 0
    p95_ms: int = 0


# Both read a bounded number of rows, however busy the house is: the page that shows them is asked for all day.
MOST_CALLS, MOST_ENDS = 2_000, 10_000
_FLOW = """
SELECT j.platform, count(*), count(*) FILTER (WHERE a.outcome IN ('failure', 'unknown')),
       coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY a.latency_ms), 0)::int,
       coalesce(percentile_cont(0.95) WITHIN GROUP (ORDER BY a.latency_ms), 0)::int
FROM (
    SELECT job_id, outcome, latency_ms FROM jobs_attempt
    WHERE id >= %(since)s AND outcome <> '' ORDER BY id DESC LIMIT %(most)s
) AS a JOIN jobs_job j ON j.id = a.job_id
GROUP BY j.platform
"""
_ENDS = """
SELECT platform, least(%(parts)s - 1, floor(extract(epoch FROM %(at)s - finished_at) / %(seconds)s))::int AS ago,
       count(*) FILTER (WHERE kind = 'publish' AND state = 'succeeded'),
       count(*) FILTER (WHERE kind = 'publish' AND state IN ('failed', 'dead')), count(*)
FROM (
    SELECT platform, finished_at, state, kind FROM jobs_job
    WHERE finished_at > %(at)s - make_interval(secs => %(seconds)s * %(parts)s) AND finished_at <= %(at)s
    ORDER BY finished_at DESC LIMIT %(most)s
) AS ended
GROUP BY 1, 2
"""


def flow_across_tenants(*, since: datetime) -> dict[str, Flow]:
    """Return how the calls went since a moment of the real clock (ids know no other), by partner."""
    with connection.cursor() as cursor:
        cursor.execute(_FLOW, {"since": ids.floor(since), "most": MOST_CALLS})
        return {platform: Flow(*rest) for platform, *rest in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class Ends:
    """How many publishes succeeded and failed in each part of the time before, the oldest first, by partner."""

    parts: dict[str, tuple[list[int], list[int]]]
    is_cut: bool  # more jobs ended in that time than are read


def ends_across_tenants(*, at: datetime, part: timedelta, parts: int) -> Ends:
    """Return how the publishes ended that are among the newest jobs that ended."""
    said: dict[str, datetime | float] = {
        "at": at,
        "seconds": part.total_seconds(),
        "parts": parts,
        "most": MOST_ENDS,
    }
    found: dict[str, tuple[list[int], list[int]]] = {}
    read = 0
    with connection.cursor() as cursor:
        cursor.execute(_ENDS, said)
        for platform, ago, good, bad, of_all_kinds in cursor.fetchall():
            worked, failed = found.setdefault(platform, ([0] * parts, [0] * parts))
            worked[parts - 1 - ago], failed[parts - 1 - ago] = good, bad
            read += of_all_kinds
    return Ends(found, is_cut=read >= MOST_ENDS)
