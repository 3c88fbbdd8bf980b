"""Claim: take due work under a lease, write its attempts ahead of the calls, in one short transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction

from apps.core import clock, ids
from apps.jobs import failpoints, pacing, sql
from apps.jobs.choices import JobState
from apps.jobs.kinds import KINDS, VERIFY
from apps.jobs.models import Job


class Part(StrEnum):
    """Which work a pump takes."""

    ENGINE = "engine"  # calls to partners, many at once
    QUARANTINE = "quarantine"  # what killed workers, alone
    SOLO = "solo"  # lanes whose kinds use the ORM inside the call, one at a time


@dataclass(frozen=True, slots=True)
class Claimed:
    """One job that is ours until its fence is passed; `job` is the row as it was before the claim."""

    job: Job
    attempt: UUID
    fence: int
    at: datetime


def claim(runner: UUID, *, lanes: int, part: Part = Part.ENGINE) -> list[Claimed]:
    """Take up to `lanes` lanes with due work of this part and start their next jobs."""
    with transaction.atomic():
        at = clock.now()
        locked = _lock_lanes(at, lanes, part)
        if not locked:
            return []
        jobs = _due_jobs(at, locked, part)
        failpoints.reach("in_claim", {job.step for job in jobs})
        grants = _take_tokens(jobs, at)
        claimed = _start(runner, grants.granted, at)
        _pass_over(locked, grants, at)
    failpoints.reach("after_claim", {one.job.step for one in claimed})
    return claimed


def quarantine_is_due() -> bool:
    """Return True when some quarantined job could start."""
    with connection.cursor() as cursor:
        cursor.execute(sql.QUARANTINE_DUE, {"at": clock.now()})
        return bool(cursor.fetchone()[0])


def work_is_due(*, solo: bool = False) -> bool:
    """Return True when some free lane of the engine, or of the bulk worker, has due work."""
    with connection.cursor() as cursor:
        cursor.execute(sql.DUE_NOW, {"at": clock.now(), "solo": solo})
        return bool(cursor.fetchone()[0])


def _lock_lanes(at: datetime, lanes: int, part: Part) -> list[UUID]:
    with connection.cursor() as cursor:
        statement = sql.LOCK_QUARANTINED if part is Part.QUARANTINE else sql.LOCK_LANES
        cursor.execute(statement, {"at": at, "lanes": lanes, "solo": part is Part.SOLO, **_known()})
        return [row[0] for row in cursor.fetchall()]


def _due_jobs(at: datetime, lanes: Sequence[UUID], part: Part) -> list[Job]:
    """What this process does not know (a rolling deploy) stays where it is, for a newer one."""
    statement = sql.QUARANTINED_JOBS if part is Part.QUARANTINE else sql.DUE_JOBS
    return list(Job.objects.across_tenants().raw(statement, {"at": at, "lanes": list(lanes), **_known()}))


def _known() -> dict[str, list[str] | list[int]]:
    names = KINDS.names()
    return {"kinds": names, "versions": [KINDS.get(name).version for name in names]}


def _take_tokens(jobs: Sequence[Job], at: datetime) -> pacing.Grants:
    scopes = {pacing.scope_of(job): pacing.first_limits(job) for job in jobs}
    with connection.cursor() as cursor:
        cursor.execute(sql.ENSURE_BUCKETS, {"at": at, "rows": json.dumps(list(scopes.values()))})
        cursor.execute(sql.LOCK_BUCKETS, {"at": at, "scopes": list(scopes)})
        levels = {scope: pacing.Level(tokens, per_minute) for scope, tokens, per_minute in cursor.fetchall()}
        grants = pacing.grant(jobs, levels, at=at)
        taken = [{"scope": scope, "taken": level.taken} for scope, level in levels.items() if level.taken]
        cursor.execute(sql.TAKE_TOKENS, {"at": at, "rows": json.dumps(taken)})
    return grants


def _start(runner: UUID, jobs: Sequence[Job], at: datetime) -> list[Claimed]:
    attempts = {job.id: ids.uuid7() for job in jobs}
    rows = [
        {
            "job": str(job.id),
            "lane": str(job.lane_id),
            "attempt": str(attempts[job.id]),
            "step": VERIFY if job.state == JobState.VERIFYING else job.step,
        }
        for job in jobs
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.START, {"rows": json.dumps(rows), "runner": runner, "at": at})
        fences = {job: fence for job, fence, _ in cursor.fetchall()}
    return [Claimed(job, attempts[job.id], fences[job.id], at) for job in jobs if job.id in fences]


def _pass_over(locked: Sequence[UUID], grants: pacing.Grants, at: datetime) -> None:
    started = {job.lane_id for job in grants.granted}
    idle = [lane for lane in locked if lane not in started and lane not in grants.postponed]
    later = [
        {"lane": str(lane), "ready_at": when.isoformat()}
        for lane, when in grants.postponed.items()
        if lane not in started
    ]
    with connection.cursor() as cursor:
        if idle:
            cursor.execute(sql.PASS_OVER, {"lanes": idle, "at": at})
        if later:
            cursor.execute(sql.POSTPONE, {"rows": json.dumps(later), "at": at})
