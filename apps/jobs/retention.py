"""How long the engine keeps its rows: attempts by whole weeks, what has ended in small batches."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core import partitions
from apps.core.registry import Registry
from apps.jobs.kinds import KINDS
from apps.jobs.models import DeadLetter, Hold, Job, Lane, Runner

BATCH = 1000  # rows a transaction
BUDGET = 3.0  # seconds a run; what is left goes at the next
WEEKS = partitions.Weekly(
    "jobs_attempt",
    storage="fillfactor = 60, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.02,"
    " autovacuum_vacuum_cost_delay = 0",
)

Old = Callable[[datetime, datetime], Iterable[QuerySet[Any]]]
# What the floors above keep for a while: by the product's time and the real one, the rows that may go.
OLD: Registry[Old] = Registry("kind of old rows")


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went."""

    jobs: int = 0
    holds: int = 0
    runners: int = 0
    others: int = 0


def make_weeks(*, at: datetime) -> None:
    """Make the coming weeks of attempts."""
    partitions.ensure(WEEKS, at=at)


def tend_weeks(*, at: datetime) -> list[str]:
    """Make the coming weeks of attempts and drop those that are past keeping; return their names."""
    return partitions.tend(WEEKS, at=at, keep=timedelta(days=settings.ATTEMPT_DAYS))


def prune(*, at: datetime, real_at: datetime, budget: float = BUDGET) -> Pruned:
    """
    Delete what ended long ago, a batch a transaction, until nothing is left or the budget is spent.

    Safe to run anywhere, any time, also twice at once. Runners stop in real time, everything else in the product's.
    """
    end = time.monotonic() + budget
    jobs = _prune_jobs(at - timedelta(days=settings.JOB_DAYS), end)
    holds = _prune_rows(Hold.objects.filter(closed_at__lt=at - timedelta(days=settings.HOLD_DAYS)), end)
    runners = _prune_rows(_stopped_runners(real_at - timedelta(days=settings.RUNNER_DAYS)), end)
    return Pruned(jobs, holds, runners, _prune_others(at, real_at, end))


def _prune_others(at: datetime, real_at: datetime, end: float) -> int:
    return sum(_prune_rows(rows, end) for name in OLD.names() for rows in OLD.get(name)(at, real_at))


def _prune_jobs(before: datetime, end: float) -> int:
    doubtful = _doubtful_connections()
    pruned = 0
    while time.monotonic() < end:
        batch = _prune_batch(before, doubtful)
        pruned += batch
        if batch < BATCH:
            break
    return pruned


@transaction.atomic
def _prune_batch(before: datetime, doubtful: Sequence[UUID]) -> int:
    jobs = list(
        _past_keeping(before)
        .exclude(connection__in=doubtful)
        .order_by("finished_at")
        .select_for_update(skip_locked=True, of=("self",))[:BATCH]
    )
    by_kind: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        by_kind[job.kind].append(job)
    for kind, ended in by_kind.items():
        KINDS.get(kind).forget(ended)
    Job.objects.across_tenants().filter(pk__in=[job.pk for job in jobs]).delete()
    return len(jobs)


def _past_keeping(before: datetime) -> QuerySet[Job]:
    """
    What ended long ago and is asked for by nobody.

    A dead letter keeps its job while it is open and as long again once it is resolved; a job that has not ended keeps
    the one that it repeats. Kinds of a newer version are left to those who know them.
    """
    letters = DeadLetter.objects.across_tenants().filter(
        Q(resolved_at=None) | Q(resolved_at__gte=before), job=OuterRef("pk")
    )
    children = Job.objects.across_tenants().filter(parent=OuterRef("pk"), finished_at=None)
    return (
        Job.objects.across_tenants()
        .filter(finished_at__lt=before, kind__in=KINDS.names())
        .exclude(Exists(letters))
        .exclude(Exists(children))
    )


def _doubtful_connections() -> list[UUID]:
    """Where some post may be out or not: what its neighbours published must stay known, lest it be taken for its own."""
    jobs = Job.objects.across_tenants().filter(unknown_since__isnull=False, finished_at=None)
    letters = DeadLetter.objects.across_tenants().filter(resolved_at=None, job__unknown_since__isnull=False)
    found = jobs.values_list("connection", flat=True).union(letters.values_list("connection", flat=True))
    return [connection for connection in found if connection]


def _stopped_runners(before: datetime) -> QuerySet[Runner]:
    return (
        Runner.objects.filter(stopped_at__lt=before)
        .exclude(Exists(Lane.objects.across_tenants().filter(leased_by=OuterRef("pk"))))
        .exclude(Exists(Job.objects.across_tenants().filter(runner=OuterRef("pk"), state="running")))
    )


def _prune_rows(rows: QuerySet[Any], end: float) -> int:
    pruned = 0
    while time.monotonic() < end:
        batch, _ = rows.filter(pk__in=list(rows.values_list("pk", flat=True)[:BATCH])).delete()
        pruned += batch
        if batch < BATCH:
            break
    return pruned
