"""Accept many jobs in one transaction with as many statements as one job takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.core import ids
from apps.core.prepared import ask, rowset
from apps.jobs import wake
from apps.jobs.actions.enqueue import IdempotencyKeyReused, LaneSpec, NewJob, hash_of
from apps.jobs.choices import JobState
from apps.jobs.kinds import KINDS
from apps.jobs.sql import enqueue as sql

Key = tuple[UUID | None, str]  # tenant and idempotency key


@dataclass(frozen=True, slots=True)
class Accepted:
    """The job that stands for a request; `new` is False when an earlier request had the same idempotency key."""

    job: UUID
    new: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A request, and what tells it from another with the same key."""

    new: NewJob
    body_hash: str

    @property
    def key(self) -> Key:
        """What only one job may have; a request without a key has its own."""
        return self.new.lane.tenant, self.new.idempotency_key or f"\x00{self.new.job}"


@transaction.atomic
def enqueue_many(
    wanted: Sequence[NewJob], *, actor: str, at: datetime
) -> list[Accepted | IdempotencyKeyReused]:
    """
    Accept what can be accepted; return, in order, each request's job or why it has none.

    It means the same as enqueueing one after the other. Call it last in its transaction: it locks the lanes, in one
    order, until the commit.
    """
    candidates = [_Candidate(new, hash_of(new)) for new in wanted]
    firsts: dict[Key, _Candidate] = {}
    for one in candidates:
        firsts.setdefault(one.key, one)
    _wake_lanes(list(firsts.values()), at)
    stored = _insert(list(firsts.values()), actor, at)
    holders = {one.key: (one.new.job, one.body_hash) for one in firsts.values() if one.new.job in stored}
    holders |= holders_of(one.key for one in firsts.values() if one.new.job not in stored)
    if stored:
        transaction.on_commit(wake.engine)
    return [_result(one, *holders[one.key]) for one in candidates]


def _result(one: _Candidate, job: UUID, body_hash: str) -> Accepted | IdempotencyKeyReused:
    if one.body_hash == body_hash:
        return Accepted(job, new=job == one.new.job)
    return IdempotencyKeyReused(
        detail="Use a new key for a new request, or send the first request unchanged."
    )


def _wake_lanes(candidates: Sequence[_Candidate], at: datetime) -> None:
    """Lock every lane in one order: a second call like this waits for the first instead of deadlocking with it."""
    lanes: dict[str, dict[str, Any]] = {}
    for one in candidates:
        row = lanes.get(one.new.lane.key) or lanes.setdefault(one.new.lane.key, _lane_row(one.new.lane))
        run_at = max(one.new.due_at, at)
        row["run_at"] = min(row["run_at"] or run_at, run_at)
        if one.new.all_passes or one.new.unknown_since:
            row["control_run_at"] = min(row["control_run_at"] or run_at, run_at)
        _lower_head(row, one.new.priority, run_at, one.new.job)
    rows = rowset(list(lanes.values()))
    ask(sql.ENSURE_LANES, {"rows": rows})
    ask(sql.LOCK_LANES_BY_KEY, {"keys": list(lanes)})
    ask(sql.LOWER_LANES, {"rows": rows})


def _lower_head(row: dict[str, Any], priority: int, run_at: datetime, job: UUID) -> None:
    at, holder = f"head{priority}_at", f"head{priority}_id"
    if at not in row or (run_at, job) < (row[at], row[holder]):
        row[at], row[holder] = run_at, job


def _lane_row(spec: LaneSpec) -> dict[str, Any]:
    return {
        "id": ids.uuid7(),
        "tenant": spec.tenant,
        "key": spec.key,
        "platform": spec.platform,
        "scopes": [f"lane:{spec.key}", *spec.scopes],
        "concurrency": spec.concurrency,
        "solo": spec.solo,
        "run_at": None,
        "control_run_at": None,
    }


def _insert(candidates: Sequence[_Candidate], actor: str, at: datetime) -> set[UUID]:
    rows = rowset([_set_columns(_row(one, at)) for one in candidates])
    return {job for (job,) in ask(sql.INSERT_JOBS, {"rows": rows, "actor": actor, "at": at})}


def _set_columns(row: dict[str, Any]) -> dict[str, Any]:
    """A column that is not named is null, and most of what may be null is: half of a row need not travel."""
    return {name: value for name, value in row.items() if value is not None}


def _row(one: _Candidate, at: datetime) -> dict[str, Any]:
    new, kind = one.new, KINDS.get(one.new.kind)
    first = kind.first_step(new.args)
    return {
        "id": one.new.job,
        "lane": new.lane.key,
        "connection": new.connection,
        "kind": new.kind,
        "args": {**new.args, "v": kind.version},
        "state": JobState.VERIFYING if new.unknown_since else JobState.QUEUED,
        "priority": new.priority,
        "due_at": new.due_at,
        "run_at": max(new.due_at, at),
        "ask_after": new.ask_after,
        "skip_after": new.skip_after,
        "deadline": new.deadline,
        "admitted_at": new.admitted_at,
        "parent": new.parent,
        "unknown_since": new.unknown_since,
        "sent_at": new.sent_at,
        "passes": new.all_passes,
        "step": first.name,
        "at_commit": first.at_commit,
        "calls": dict(first.calls),
        "progress": dict(new.progress),
        "idempotency_key": new.idempotency_key,
        "body_hash": one.body_hash,
        "fingerprint": new.fingerprint,
        "allow_duplicate": new.allow_duplicate,
        "cycle": new.cycle,
        "request": new.request,
    }


def holders_of(keys: Iterable[Key]) -> dict[Key, tuple[UUID, str]]:
    """Return the jobs that had these keys first, with their hashes: from before, or from a call that was faster."""
    wanted = [{"tenant": tenant, "key": key} for tenant, key in keys]
    rows = ask(sql.JOBS_BY_KEY, {"rows": rowset(wanted)}) if wanted else []
    return {(tenant, key): (job, body_hash) for tenant, key, job, body_hash in rows}
