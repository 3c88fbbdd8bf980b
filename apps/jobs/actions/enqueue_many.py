"""Accept many jobs in one transaction with as many statements as one job takes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.core import ids
from apps.core.prepared import ask, rowset
from apps.jobs import wake
from apps.jobs.actions.enqueue import IdempotencyKeyReused, LaneSpec, NewJob
from apps.jobs.choices import JobState
from apps.jobs.kinds import KINDS
from apps.jobs.sql import enqueue as sql

_MAY_BE_NULL = (
    "connection",
    "ask_after",
    "skip_after",
    "deadline",
    "admitted_at",
    "parent",
    "unknown_since",
    "sent_at",
    "idempotency_key",
    "request",
)
Key = tuple[UUID | None, str]  # tenant and idempotency key


@dataclass(frozen=True, slots=True)
class Accepted:
    """The job that stands for a request; `new` is False when an earlier request had the same idempotency key."""

    job: UUID
    new: bool


@transaction.atomic
def enqueue_many(
    wanted: Sequence[NewJob], *, actor: str, at: datetime
) -> list[Accepted | IdempotencyKeyReused]:
    """
    Accept what can be accepted; return, in order, each request's job or why it has none.

    It means the same as enqueueing one after the other. Call it last in its transaction: it locks the lanes, in one
    order, until the commit.
    """
    keys = [_key_of(new) for new in wanted]
    firsts: dict[Key, NewJob] = {}
    for key, new in zip(keys, wanted, strict=True):
        firsts.setdefault(key, new)
    # Written down before the lanes are locked: who posts to the same accounts meanwhile waits for the database alone.
    lanes, jobs = _lanes_of(firsts.values(), at), _rows_of(firsts.values(), at)
    _wake_lanes(lanes)
    stored = {job for (job,) in ask(sql.INSERT_JOBS, {"rows": jobs, "actor": actor, "at": at})}
    holders = {key: (new.job, new.body_hash) for key, new in firsts.items() if new.job in stored}
    if len(holders) < len(firsts):
        holders |= holders_of(firsts.keys() - holders.keys())
    if stored:
        transaction.on_commit(wake.engine)
    return [_result(new, *holders[key]) for key, new in zip(keys, wanted, strict=True)]


def _key_of(new: NewJob) -> Key:
    """Return what only one job may have; a request without a key has its own."""
    return new.lane.tenant, new.idempotency_key or f"\x00{new.job}"


def _result(new: NewJob, job: UUID, body_hash: str) -> Accepted | IdempotencyKeyReused:
    if new.body_hash == body_hash:
        return Accepted(job, new=job == new.job)
    return IdempotencyKeyReused(
        detail="Use a new key for a new request, or send the first request unchanged."
    )


def _wake_lanes(lanes: Mapping[str, Mapping[str, Any]]) -> None:
    """Lock every lane in one order: a second call like this waits for the first instead of deadlocking with it."""
    rows = rowset(list(lanes.values()))
    ask(sql.ENSURE_LANES, {"rows": rows})
    ask(sql.LOCK_LANES_BY_KEY, {"keys": list(lanes)})
    ask(sql.LOWER_LANES, {"rows": rows})


def _lanes_of(wanted: Iterable[NewJob], at: datetime) -> dict[str, dict[str, Any]]:
    """Return each lane with the earliest that it gets, by key."""
    lanes: dict[str, dict[str, Any]] = {}
    for new in wanted:
        row = lanes.get(new.lane.key) or lanes.setdefault(new.lane.key, _lane_row(new.lane))
        run_at = max(new.due_at, at)
        row["run_at"] = min(row["run_at"] or run_at, run_at)
        if new.all_passes or new.unknown_since:
            row["control_run_at"] = min(row["control_run_at"] or run_at, run_at)
        _lower_head(row, new.priority, run_at, new.job)
    return lanes


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


def _rows_of(wanted: Iterable[NewJob], at: datetime) -> str:
    return rowset([_row(new, at) for new in wanted])


def _row(new: NewJob, at: datetime) -> dict[str, Any]:
    """A column that is not named is null, and most of what may be null is: half of a row need not travel."""
    kind = KINDS.get(new.kind)
    first = kind.first_step(new.args)
    row = {
        "id": new.job,
        "lane": new.lane.key,
        "kind": new.kind,
        "args": {**new.args, "v": kind.version},
        "state": JobState.VERIFYING if new.unknown_since else JobState.QUEUED,
        "priority": new.priority,
        "due_at": new.due_at,
        "run_at": max(new.due_at, at),
        "passes": new.all_passes,
        "step": first.name,
        "at_commit": first.at_commit,
        "calls": dict(first.calls),
        "progress": dict(new.progress),
        "body_hash": new.body_hash,
        "fingerprint": new.fingerprint,
        "allow_duplicate": new.allow_duplicate,
        "cycle": new.cycle,
    }
    row.update((name, value) for name in _MAY_BE_NULL if (value := getattr(new, name)) is not None)
    return row


def holders_of(keys: Iterable[Key]) -> dict[Key, tuple[UUID, str]]:
    """Return the jobs that had these keys first, with their hashes: from before, or from a call that was faster."""
    wanted = [{"tenant": tenant, "key": key} for tenant, key in keys]
    rows = ask(sql.JOBS_BY_KEY, {"rows": rowset(wanted)}) if wanted else []
    return {(tenant, key): (job, body_hash) for tenant, key, job, body_hash in rows}
