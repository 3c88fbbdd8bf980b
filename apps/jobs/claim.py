"""Claim: take due work under a lease, write its attempts ahead of the calls, in one short transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models.base import ModelState

from apps.core import clock, ids, tracing
from apps.core.prepared import ask, rowset
from apps.jobs import buckets, failpoints, metrics, pacing
from apps.jobs.choices import JobState
from apps.jobs.kinds import KINDS, VERIFY
from apps.jobs.models import Job
from apps.jobs.sql import claim as sql

_JSON = ("args", "calls", "progress", "result")


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
    draws: tuple[pacing.Draw, ...] = ()  # what it took from which buckets


def claim(runner: UUID, *, lanes: int, part: Part = Part.ENGINE) -> list[Claimed]:
    """Take up to `lanes` lanes with due work of this part and start their next jobs."""
    with tracing.during("claim", part=part.value), transaction.atomic():
        at = clock.now()
        locked = _lock_lanes(at, lanes, part)
        if not locked:
            return []
        jobs = _due_jobs(at, locked, part)
        failpoints.reach("in_claim", {job.step for job in jobs})
        grants = buckets.take(jobs, at)
        claimed = _start(runner, grants, at)
        _pass_over(locked, grants, at)
    failpoints.reach("after_claim", {one.job.step for one in claimed})
    metrics.count_started([one.job for one in claimed], at)
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
    if part is Part.QUARANTINE:
        rows = ask(sql.LOCK_QUARANTINED, {"at": at, "lanes": lanes, **_known()})
    else:
        rows = ask(sql.LOCK_LANES, {"at": at, "lanes": lanes, "solo": part is Part.SOLO})
    return [lane for (lane,) in rows]


def _due_jobs(at: datetime, lanes: Sequence[UUID], part: Part) -> list[Job]:
    """What this process does not know (a rolling deploy) stays where it is, for a newer one."""
    statement = sql.QUARANTINED_JOBS if part is Part.QUARANTINE else sql.DUE_JOBS
    rows = ask(statement, {"at": at, "lanes": list(lanes), **_known()})
    return [_job(row) for row in rows]


def _job(row: Sequence[Any]) -> Job:
    """Make a row of the claim a job, past the model's constructor: it sets fifty columns one by one, for every job."""
    state = ModelState()
    state.adding, state.db = False, connection.alias
    job = Job.__new__(Job)
    job.__dict__.update(zip((*sql.JOB_FIELDS, "lane_scopes", "lane_fence"), row, strict=True), _state=state)
    for name in _JSON:
        job.__dict__[name] = orjson.loads(job.__dict__[name])
    return job


def _known() -> dict[str, list[str] | list[int]]:
    names = KINDS.names()
    return {"kinds": names, "versions": [KINDS.get(name).version for name in names]}


def _start(runner: UUID, grants: pacing.Grants, at: datetime) -> list[Claimed]:
    """Write the attempts ahead, each under its lane's next fence; the lanes are locked, so nobody else gives that out."""
    claimed = [
        Claimed(job, ids.uuid7(), job.lane_fence + 1, at, grants.draws[job.id])  # type: ignore[attr-defined]  # of DUE_JOBS
        for job in grants.granted
    ]
    rows = [
        {
            "job": one.job.id,
            "attempt": one.attempt,
            "step": VERIFY if one.job.state == JobState.VERIFYING else one.job.step,
            "fence": one.fence,
        }
        for one in claimed
    ]
    known = {"rows": rowset(rows), "jobs": [one.job.id for one in claimed], "runner": runner, "at": at}
    started = {job for (job,) in ask(sql.START, known)}
    lanes = list({one.job.lane_id for one in claimed if one.job.id in started})
    ask(sql.LEASE, {"lanes": lanes, "runner": runner, "at": at})
    return [one for one in claimed if one.job.id in started]


def _pass_over(locked: Sequence[UUID], grants: pacing.Grants, at: datetime) -> None:
    started = {job.lane_id for job in grants.granted}
    idle = [lane for lane in locked if lane not in started and lane not in grants.postponed]
    later = [
        {
            "lane": lane,
            "ready_at": when.at,
            "waits_for": f"{when.key.scope} {when.key.budget}",
        }
        for lane, when in grants.postponed.items()
        if lane not in started
    ]
    if idle:
        ask(sql.PASS_OVER, {"lanes": idle, "at": at})
    if later:
        ask(sql.POSTPONE, {"rows": rowset(later), "lanes": list(grants.postponed)})
