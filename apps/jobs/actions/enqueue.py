"""Accept a job: it is durable from the moment this returns."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, connection, transaction

from apps.core import context, ids
from apps.core.problems import Problem
from apps.jobs import wake
from apps.jobs.choices import JobState
from apps.jobs.kinds import KINDS
from apps.jobs.models import Job
from apps.jobs.sql import enqueue as sql


class IdempotencyKeyReused(Problem):
    """The same idempotency key was used for a different request."""

    code = "idempotency_key_reused"
    status = 409
    title = "This idempotency key was used for another request"


@dataclass(frozen=True, slots=True)
class LaneSpec:
    """Which lane a job belongs to, and the hold scopes that stop it."""

    key: str
    tenant: UUID | None  # None: work of the house itself, over all tenants
    platform: str
    scopes: Sequence[str]
    concurrency: int = 1
    solo: bool = False


@dataclass(frozen=True)
class NewJob:
    """A job that asks to be accepted."""

    lane: LaneSpec
    kind: str
    args: Mapping[str, Any]
    due_at: datetime
    connection: UUID | None = None
    priority: int = 1
    ask_after: datetime | None = None
    skip_after: datetime | None = None
    deadline: datetime | None = None
    idempotency_key: str | None = None
    fingerprint: str = ""
    allow_duplicate: bool = False
    parent: UUID | None = None
    job: UUID = field(default_factory=ids.uuid7)  # the id that it gets
    cycle: UUID = field(default_factory=ids.uuid7)
    request: UUID | None = field(default_factory=context.request_id)  # that asked for it
    admitted_at: datetime | None = None  # a person has said that it may go out late
    unknown_since: datetime | None = None  # a replay of something that may have gone out verifies first
    sent_at: datetime | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    passes: Sequence[str] = ()  # families of holds that do not stop it, beside those of its kind

    @cached_property
    def all_passes(self) -> list[str]:
        """Every family of holds that it runs through."""
        return sorted({*KINDS.get(self.kind).passes, *self.passes})

    @cached_property
    def body_hash(self) -> str:
        """What tells requests apart: they are the same when lane, kind and arguments are; a repeat may come without a due time."""
        body = orjson.dumps([self.lane.key, self.kind, self.args], default=str, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(body).hexdigest()


def enqueue(new: NewJob, *, actor: str, at: datetime) -> tuple[Job, bool]:
    """
    Accept the job; return it and True, or the first job with the same idempotency key and False.

    :raises IdempotencyKeyReused: when that first job was a different request.
    """
    if new.idempotency_key and (first := _by_key(new)):
        return _same(first, new), False
    try:
        with transaction.atomic():
            job = _insert(new, actor=actor, at=at)
    except IntegrityError as error:
        if "job_idempotency_key_unique_per_tenant" not in str(error) or not (first := _by_key(new)):
            raise
        return _same(first, new), False
    transaction.on_commit(wake.bulk if new.lane.solo else wake.engine)
    return job, True


def ensure_lane(spec: LaneSpec) -> None:
    """Create the lane if it is not there yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.ENSURE_LANE,
            {
                "id": ids.uuid7(),
                "tenant": spec.tenant,
                "key": spec.key,
                "platform": spec.platform,
                "scopes": [f"lane:{spec.key}", *spec.scopes],
                "concurrency": spec.concurrency,
                "solo": spec.solo,
            },
        )


def _insert(new: NewJob, *, actor: str, at: datetime) -> Job:
    ensure_lane(new.lane)
    with connection.cursor() as cursor:
        control = bool(new.all_passes) or new.unknown_since is not None
        wanted: dict[str, Any] = {
            "key": new.lane.key,
            "control": control,
            "run_at": max(new.due_at, at),
            "job": new.job,
            "priority": new.priority,
        }
        cursor.execute(sql.WAKE_LANE, wanted)
        lane = cursor.fetchone()[0]
    job = _build(new, lane, actor=actor, at=at)
    job.save(force_insert=True)
    return job


def _build(new: NewJob, lane: UUID, *, actor: str, at: datetime) -> Job:
    kind = KINDS.get(new.kind)
    first = kind.first_step(new.args)
    return Job(
        id=new.job,
        lane_id=lane,
        tenant_id=new.lane.tenant,
        connection=new.connection,
        platform=new.lane.platform,
        kind=new.kind,
        args={**new.args, "v": kind.version},
        state=JobState.VERIFYING if new.unknown_since else JobState.QUEUED,
        priority=new.priority,
        created_at=at,
        due_at=new.due_at,
        run_at=max(new.due_at, at),
        ask_after=new.ask_after,
        skip_after=new.skip_after,
        deadline=new.deadline,
        admitted_at=new.admitted_at,
        passes=new.all_passes,
        step=first.name,
        at_commit=first.at_commit,
        calls=dict(first.calls),
        progress=dict(new.progress),
        idempotency_key=new.idempotency_key,
        body_hash=new.body_hash,
        fingerprint=new.fingerprint,
        allow_duplicate=new.allow_duplicate,
        parent=new.parent,
        cycle=new.cycle,
        request=new.request,
        unknown_since=new.unknown_since,
        sent_at=new.sent_at,
        actor=actor,
    )


def _by_key(new: NewJob) -> Job | None:
    rows = Job.objects.across_tenants().filter(tenant=new.lane.tenant)
    return rows.filter(idempotency_key=new.idempotency_key).first()


def _same(first: Job, new: NewJob) -> Job:
    if first.body_hash != new.body_hash:
        raise IdempotencyKeyReused(
            detail="Use a new key for a new request, or send the first request unchanged."
        )
    return first
