"""The operation that lets out what waited through a pause, in the order in which it was due."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.jobs.actions.hold import rewake
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.explain import SAME_POST
from apps.jobs.models import Job, Lane
from apps.recovery import situations
from apps.recovery.choices import ItemResult, Prediction
from apps.recovery.models import Operation
from apps.recovery.operations.doer import Doer, Outlook, Result, of_tenant
from apps.recovery.predict import Forecaster
from apps.tenants.scoping import TenantQuerySet

_LATE = {Prediction.LATE_ASK: ItemResult.ASKED, Prediction.LATE_SKIP: ItemResult.SKIPPED}


def missed(connections: Sequence[str | UUID], *, tenant: UUID | None, at: datetime) -> TenantQuerySet[Job]:
    """Return the posts that came due before `at` and that nobody has let through, the first due first."""
    asked = Q(state=JobState.HELD, held_for=HeldFor.APPROVAL) & ~Q(result__reason=SAME_POST)
    rows = of_tenant(Job.objects.get_queryset(), tenant).filter(
        Q(state=JobState.QUEUED) | asked,
        connection__in=connections,
        kind="publish",
        due_at__lte=at,
        admitted_at=None,
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

    def act(self, operation: Operation, row: Job, predicted: str, at: datetime) -> Result:
        wanted = str(row.pk) in operation.options.get("also", ())
        if not wanted and row.ask_after is not None and row.ask_after <= at:
            return Result(
                _LATE.get(Prediction(predicted), ItemResult.ASKED) if predicted else ItemResult.ASKED
            )
        rows = Job.objects.across_tenants().filter(pk=row.pk, admitted_at=None)
        let_out = rows.filter(state=JobState.QUEUED).update(admitted_at=at) or rows.filter(
            state=JobState.HELD, held_for=HeldFor.APPROVAL
        ).update(state=JobState.QUEUED, held_for="", admitted_at=at)
        return Result(ItemResult.ADMITTED if let_out else ItemResult.LEFT_ALONE, job=row.pk)

    def after(self, rows: Sequence[Job], at: datetime) -> None:
        for lane in Lane.objects.across_tenants().filter(pk__in={row.lane_id for row in rows}):
            rewake(scope=f"lane:{lane.key}", at=at)
