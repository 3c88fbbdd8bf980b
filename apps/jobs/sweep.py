"""The sweep: finds what a death, a clock or a defect left behind, and puts it right. Safe to run anywhere, any time."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from apps.core import clock
from apps.errors.outcome import Outcome, Verdict
from apps.events import log
from apps.jobs import live, settle, wake
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.kinds import VERIFY, Settlement
from apps.jobs.models import Attempt, Job, Tick
from apps.jobs.sql import sweep as sql
from apps.jobs.sql.wake import WAKE_LANES

logger = logging.getLogger(__name__)
HEADS_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep put right."""

    runners: int = 0
    orphans: int = 0
    lanes: int = 0
    late: int = 0


def sweep() -> Swept:
    """Take over from dead runners, wake lanes that sleep on work, and apply the late policy."""
    if not settings.SWEEPING:
        return Swept()
    live.refresh()
    runners = _bury_runners()
    orphans = sum(_adopt(runner) for runner in runners)
    late = _apply_late_policy()
    lanes = _unhide() + _wake_sleepers()
    if orphans or lanes or late:
        wake.engine()
    return Swept(len(runners), orphans, lanes, late)


def _bury_runners() -> set[UUID]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.DEAD_RUNNERS)
        dead = {row[0] for row in cursor.fetchall()}
        cursor.execute(sql.ORPHANED_LANES)
        return dead | {row[0] for row in cursor.fetchall()}


def _adopt(runner: UUID) -> int:
    """Settle what a dead runner had in hand: its answers are unknown, unless the step can simply be repeated."""
    jobs = list(Job.objects.across_tenants().filter(runner=runner, state=JobState.RUNNING))
    attempts = open_attempts(jobs)
    settlements = [_as_crashed(job, attempts[job.pk]) for job in jobs if job.pk in attempts]
    if settlements:
        settle.settle(runner, settlements)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.LANES_OF_RUNNERS, {"runners": [runner]})
        lanes = [row[0] for row in cursor.fetchall()]
        cursor.execute(sql.FREE_LANES, {"lanes": lanes, "runners": [runner], "at": clock.now()})
    return len(settlements)


def open_attempts(jobs: Sequence[Job]) -> dict[UUID, Attempt]:
    """Return the attempt that each of these running jobs is at."""
    rows = Attempt.objects.filter(job__in=[job.pk for job in jobs], outcome="").order_by("number")
    return {attempt.job_id: attempt for attempt in rows}


def as_before_claim(job: Job, attempt: Attempt) -> Job:
    """Give a running job the state that it was claimed in."""
    looking = attempt.step == VERIFY
    job.state = JobState.VERIFYING if looking else JobState.WAITING if job.committed_at else JobState.QUEUED
    return job


def _as_crashed(job: Job, attempt: Attempt) -> Settlement:
    looking = attempt.step == VERIFY
    job = as_before_claim(job, attempt)
    # A look changes nothing at the partner: it is simply taken again.
    outcome = (
        Outcome(verdict=Verdict.NOT_SENT) if looking else settle.unknown("The worker died during this call.")
    )
    return Settlement(job=job, attempt=attempt.pk, fence=job.fence, outcome=outcome, crashed=True)


def _wake_sleepers() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        at = clock.now()
        cursor.execute(sql.LAPSED_HOLDS, {"at": at})
        cursor.execute(sql.ASLEEP, {"at": at})
        lanes = [row[0] for row in cursor.fetchall()]
        if lanes:
            cursor.execute(sql.REWAKE, {"lanes": lanes, "at": at})
    return len(lanes)


@transaction.atomic
def _unhide() -> int:
    """Look below the heads of the lanes; once a minute, since only here it counts what an old snapshot keeps."""
    if not Tick.take_turn("jobs.heads", every=HEADS_EVERY, at=clock.real_now()):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql.HIDDEN)
        lanes = [row[0] for row in cursor.fetchall()]
        if lanes:
            logger.error("sweep.jobs_were_hidden", extra={"lanes": [str(lane) for lane in lanes]})
            cursor.execute(WAKE_LANES, {"lanes": lanes, "at": clock.now()})
    return len(lanes)


@transaction.atomic
def _apply_late_policy() -> int:
    at = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(sql.LATE_JOBS, {"at": at})
        ids = [row[0] for row in cursor.fetchall()]
    by_end: dict[bool, list[Job]] = defaultdict(list)
    for job in Job.objects.across_tenants().filter(pk__in=ids):
        by_end[job.skip_after is not None and job.skip_after <= at].append(job)
    _skip(by_end[True], at)
    _ask(by_end[False], at)
    return len(ids)


def _skip(jobs: Sequence[Job], at: datetime) -> None:
    Job.objects.across_tenants().filter(pk__in=[job.pk for job in jobs]).update(
        state=JobState.CANCELLED, finished_at=at, result={"reason": "skipped_late"}
    )
    _record("job.skipped_late", jobs, at)


def _ask(jobs: Sequence[Job], at: datetime) -> None:
    Job.objects.across_tenants().filter(pk__in=[job.pk for job in jobs]).update(
        state=JobState.HELD, held_for=HeldFor.APPROVAL
    )
    _record("job.held", jobs, at)


def _record(verb: str, jobs: Sequence[Job], at: datetime) -> None:
    log.record_many(
        [
            log.NewEvent(
                verb=verb,
                tenant=job.tenant_id,
                subject=f"connection:{job.connection}" if job.connection else f"job:{job.pk}",
                actor="system:late_policy",
                at=at,
                cycle=job.cycle,
                data={"job": str(job.pk)},
            )
            for job in jobs
        ]
    )
