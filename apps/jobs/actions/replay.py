"""Replay a dead letter as a new job, as it is or edited, or put it aside with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.core.problems import Problem
from apps.events import log
from apps.jobs.actions.enqueue import LaneSpec, NewJob, enqueue
from apps.jobs.choices import Resolution
from apps.jobs.models import DeadLetter, Job, Lane


class AlreadyResolved(Problem):
    """Somebody has put this dead letter aside before."""

    code = "dead_letter_already_resolved"
    status = 409
    title = "This dead letter is already resolved"


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
    """
    letter = _take(letter_id, tenant=tenant, resolution=Resolution.REPLAYED, note="", actor=actor, at=at)
    old = Job.objects.for_tenant(tenant).get(pk=letter.job_id)
    lane = Lane.objects.for_tenant(tenant).get(pk=old.lane_id)
    new = NewJob(
        lane=LaneSpec(key=lane.key, tenant=tenant, platform=lane.platform, scopes=lane.scopes),
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
        unknown_since=old.unknown_since,
        sent_at=old.sent_at,
        progress={} if edit else old.progress,
    )
    job, _ = enqueue(new, actor=actor, at=at)
    if edit:
        _keep_difference(letter, edit, job, actor=actor, at=at)
    return job


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
    log.record(
        "error.resolved",
        tenant=tenant,
        subject=f"dead_letter:{letter.pk}",
        actor=actor,
        at=at,
        data={"job": str(letter.job_id), "resolution": resolution},
    )
    return letter
