"""The operation that lets out what waited through a pause, in the order in which it was due."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.jobs.actions.hold import lock_lanes, rewake_lanes
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.explain import SAME_POST
from apps.jobs.models import Job
from apps.recovery import situations
from apps.recovery.choices import ItemResult
from apps.recovery.models import Operation
from apps.recovery.operations.doer import Doer, Outlook, Result, lanes_of, of_tenant
from apps.recovery.predict import Forecaster
from apps.tenants.scoping import TenantQuerySet

# What a backfill may let out: nobody has let it through, cancelled it or begun it.
_UNHEARD = Q(admitted_at=None) & (
    Q(state=JobState.QUEUED)
    | Q(state=JobState.HELD, held_for=HeldFor.APPROVAL) & ~Q(result__contains={"reason": SAME_POST})
)
_TAKEN = Result(ItemResult.LEFT_ALONE, "It was cancelled, answered or begun a moment ago.")


def missed(connections: Sequence[str | UUID], *, tenant: UUID | None, at: datetime) -> TenantQuerySet[Job]:
    """Return the posts that came due before `at` and that nobody has let through, the first due first."""
    rows = of_tenant(Job.objects.get_queryset(), tenant).filter(
        _UNHEARD, connection__in=connections, kind="publish", due_at__lte=at
    )
    return rows.order_by("due_at", "pk")


class Backfill(Doer):
    """Admits what is on time by the tenant's late policy, and what a person ticked; the policy has the rest."""

    def subjects(
        self, chosen: Mapping[str, Any], *, tenant: UUID | None, at: datetime
    ) -> TenantQuerySet[Job]:
        return missed(chosen["connections"], tenant=tenant, at=at)

    def outlook(self, rows: Sequence[Job], options: Mapping[str, Any], at: datetime) -> Outlook:
        read = situations.of_jobs(rows, at)
        return Outlook(read.of, Forecaster(at, read.levels))

    def before(self, rows: Sequence[Job]) -> None:
        lock_lanes(lanes_of(rows))

    def act(self, operation: Operation, row: Job, predicted: str, at: datetime) -> Result:
        return self.act_on_all(operation, [row], {row.pk: predicted}, at)[row.pk]

    def act_on_all(
        self, operation: Operation, rows: Sequence[Job], predicted: Mapping[UUID, str], at: datetime
    ) -> dict[UUID, Result]:
        ticked, waiting = set(operation.options.get("also", ())), _still_waiting(rows)
        going = [pk for pk, row in waiting.items() if str(pk) in ticked or not _is_late(row, at)]
        mine = Job.objects.across_tenants().filter(pk__in=going)
        mine.filter(state=JobState.QUEUED).update(admitted_at=at)
        mine.filter(state=JobState.HELD).update(state=JobState.QUEUED, held_for="", admitted_at=at)
        return {row.pk: _result(row, row.pk in going, at) if row.pk in waiting else _TAKEN for row in rows}

    def after(self, rows: Sequence[Job], at: datetime) -> None:
        rewake_lanes(lanes_of(rows), at=at)


def _still_waiting(rows: Sequence[Job]) -> dict[UUID, Job]:
    """Lock them and return what is still as it was when they were looked at: what is counted must be true."""
    found = Job.objects.across_tenants().filter(_UNHEARD, pk__in=[row.pk for row in rows])
    return found.select_for_update(of=("self",), no_key=True).order_by("pk").in_bulk()


def _is_late(job: Job, at: datetime) -> bool:
    return job.ask_after is not None and job.ask_after <= at


def _result(job: Job, going: bool, at: datetime) -> Result:  # noqa: FBT001 - the one fact
    if going:
        return Result(ItemResult.ADMITTED, job=job.pk)
    skipped = job.skip_after is not None and job.skip_after <= at
    return Result(ItemResult.SKIPPED if skipped else ItemResult.ASKED, job=job.pk)
