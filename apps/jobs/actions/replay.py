"""Replay a dead letter as a new job, as it is or edited, or put it aside with a reason."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.core.problems import Problem
from apps.events import log
from apps.jobs.actions.enqueue import LaneSpec, NewJob, enqueue
from apps.jobs.actions.enqueue_many import enqueue_many
from apps.jobs.choices import Resolution
from apps.jobs.kinds import KINDS, doubted_since
from apps.jobs.models import DeadLetter, Job, Lane


class AlreadyResolved(Problem):
    """Somebody has put this dead letter aside before."""

    code = "dead_letter_already_resolved"
    status = 409
    title = "This dead letter is already resolved"


class MayBeOut(Problem):
    """An edited text would be looked for instead of the one that may be out, and both would be there."""

    code = "dead_letter_may_be_out"
    status = 409
    title = "This may be out already, so it cannot be edited"


class ReasonMissing(Problem):
    """A dead letter that is put aside without a replay needs a reason that others can read."""

    code = "reason_missing"
    status = 422
    title = "Say why it is put aside"


@dataclass(frozen=True, slots=True)
class Edit:
    """Other arguments for a replay, checked by the floor that knows their rules."""

    args: Mapping[str, Any]
    fingerprint: str


@transaction.atomic
def replay(
    letter_id: UUID,
    *,
    tenant: UUID,
    actor: str,
    at: datetime,
    publish_late: bool = False,
    edit: Edit | None = None,
) -> Job:
    """
    Run the dead letter's job again as a new job that names it as its parent; verify first if it may have gone out.

    The late policy counts from when it was due; `publish_late` says that a person wants it out all the same.

    :raises AlreadyResolved: so replaying twice does nothing the second time.
    :raises MayBeOut: when it is edited although an earlier text may be out.
    """
    letter = _take(letter_id, tenant=tenant, resolution=Resolution.REPLAYED, note="", actor=actor, at=at)
    old = Job.objects.for_tenant(tenant).get(pk=letter.job_id)
    lane = Lane.objects.for_tenant(tenant).get(pk=old.lane_id)
    if edit and doubted_since(old):
        raise MayBeOut(detail="Replay it as it is: we look at the partner before anything is sent.")
    new = _anew(old, lane, at, publish_late=publish_late, edit=edit)
    _leave_ids([old])
    job, _ = enqueue(new, actor=actor, at=at)
    KINDS.get(job.kind).repeat({old.pk: job.pk})
    if edit:
        _keep_difference(letter, edit, job, actor=actor, at=at)
    return job


@transaction.atomic
def replay_many(
    letter_ids: Sequence[UUID], *, actor: str, at: datetime, publish_late: bool = False
) -> dict[UUID, UUID]:
    """Replay letters of any tenant in a few statements; return the new jobs by letter, without those that were resolved before."""
    taken = _take_many(letter_ids, resolution=Resolution.REPLAYED, note="", actor=actor, at=at)
    olds = Job.objects.across_tenants().in_bulk([letter.job_id for letter in taken])
    lanes = Lane.objects.across_tenants().in_bulk({old.lane_id for old in olds.values()})
    news = [
        _anew(olds[one.job_id], lanes[olds[one.job_id].lane_id], at, publish_late=publish_late)
        for one in taken
    ]
    _leave_ids(olds.values())
    enqueue_many(news, actor=actor, at=at)
    _follow(news)
    return {letter.pk: new.job for letter, new in zip(taken, news, strict=True)}


@transaction.atomic
def resolve_many(letter_ids: Sequence[UUID], *, note: str, actor: str, at: datetime) -> set[UUID]:
    """Put letters of any tenant aside; return those that nobody had put aside before."""
    taken = _take_many(letter_ids, resolution=Resolution.RESOLVED, note=note, actor=actor, at=at)
    return {letter.pk for letter in taken}


@transaction.atomic
def resolve(letter_id: UUID, *, tenant: UUID, note: str, actor: str, at: datetime) -> DeadLetter:
    """
    Put the dead letter aside without a replay.

    :raises ReasonMissing: when the note is empty.
    :raises AlreadyResolved: when somebody was first.
    """
    if not note.strip():
        problem = {"field": "reason", "rule": "required", "message": "Say why, for whoever asks later."}
        raise ReasonMissing(detail="Nothing was changed.", fields=[problem])
    return _take(
        letter_id, tenant=tenant, resolution=Resolution.RESOLVED, note=note.strip(), actor=actor, at=at
    )


def _anew(
    old: Job, lane: Lane, at: datetime, *, publish_late: bool = False, edit: Edit | None = None
) -> NewJob:
    spec = LaneSpec(key=lane.key, tenant=old.tenant_id, platform=lane.platform, scopes=lane.scopes)
    return NewJob(
        lane=spec,
        kind=old.kind,
        args=edit.args if edit else _without_version(old.args),
        due_at=old.due_at,
        connection=old.connection,
        priority=old.priority,
        ask_after=old.ask_after,
        skip_after=old.skip_after,
        admitted_at=at if publish_late or _is_let_through(old, lane, at) else None,
        fingerprint=edit.fingerprint if edit else old.fingerprint,
        allow_duplicate=old.allow_duplicate,
        parent=old.pk,
        cycle=old.cycle,
        unknown_since=doubted_since(old),
        sent_at=old.sent_at,
        progress={} if edit else old.progress,
    )


def _leave_ids(olds: Iterable[Job]) -> None:
    """A partner's id is one job's: what an older version buried past its commit point is its replay's to find."""
    named = [old.pk for old in olds if old.remote_id]
    if named:
        Job.objects.across_tenants().filter(pk__in=named).update(remote_id="", permalink="")


def _follow(news: Sequence[NewJob]) -> None:
    by_kind: dict[str, dict[UUID, UUID]] = defaultdict(dict)
    for new in news:
        if new.parent:
            by_kind[new.kind][new.parent] = new.job
    for kind, repeated in by_kind.items():
        KINDS.get(kind).repeat(repeated)


def _is_let_through(old: Job, lane: Lane, at: datetime) -> bool:
    """The gate asks about what waited through a pause: whoever replays a post that is on time has answered."""
    missed = lane.missed_before is not None and old.due_at < lane.missed_before
    return missed and (old.ask_after is None or old.ask_after > at)


def _keep_difference(letter: DeadLetter, edit: Edit, job: Job, *, actor: str, at: datetime) -> None:
    """The row keeps both texts and can be erased; the log, which cannot, names the job only."""
    difference = {"old": _without_version(letter.payload), "new": dict(edit.args)}
    DeadLetter.objects.for_tenant(letter.tenant_id).filter(pk=letter.pk).update(edit=difference)
    log.record(
        "error.edited",
        tenant=letter.tenant_id,
        subject=f"dead_letter:{letter.pk}",
        actor=actor,
        at=at,
        cycle=job.cycle,
        data={"job": str(job.pk), "parent": str(letter.job_id)},
    )


def _without_version(args: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in args.items() if name != "v"}


def _take(
    letter_id: UUID, *, tenant: UUID, resolution: str, note: str, actor: str, at: datetime
) -> DeadLetter:
    open_ones = DeadLetter.objects.for_tenant(tenant).filter(pk=letter_id, resolved_at=None)
    if open_ones.update(resolved_at=at, resolved_by=actor, resolution=resolution, note=note) != 1:
        raise AlreadyResolved(detail="It may have been replayed or resolved a moment ago.")
    letter = DeadLetter.objects.for_tenant(tenant).get(pk=letter_id)
    log.record_many([_resolved(letter)])
    return letter


def _take_many(
    letter_ids: Sequence[UUID], *, resolution: str, note: str, actor: str, at: datetime
) -> list[DeadLetter]:
    """Lock first, in one order, so that what is taken is known and two operations never wait for each other."""
    open_ones = DeadLetter.objects.across_tenants().filter(pk__in=letter_ids, resolved_at=None)
    letters = list(open_ones.select_for_update().order_by("pk"))
    for letter in letters:
        letter.resolved_at, letter.resolved_by = at, actor
        letter.resolution, letter.note = resolution, note
    DeadLetter.objects.across_tenants().filter(pk__in=[one.pk for one in letters]).update(
        resolved_at=at, resolved_by=actor, resolution=resolution, note=note
    )
    log.record_many([_resolved(letter) for letter in letters])
    return letters


def _resolved(letter: DeadLetter) -> log.NewEvent:
    return log.NewEvent(
        verb="error.resolved",
        tenant=letter.tenant_id,
        subject=f"dead_letter:{letter.pk}",
        actor=letter.resolved_by,
        at=letter.resolved_at or letter.created_at,
        data={"job": str(letter.job_id), "kind": letter.kind, "resolution": letter.resolution},
    )
