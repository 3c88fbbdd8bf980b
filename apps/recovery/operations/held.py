"""The operation that lets go what operations had stopped, job by job."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.jobs.actions.answer import SEND_AGAIN, NotAsked, answer
from apps.jobs.actions.hold import lock_lanes
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.models import Job
from apps.recovery import situations
from apps.recovery.choices import ItemResult
from apps.recovery.models import Operation
from apps.recovery.operations.doer import Doer, Outlook, Result, lanes_of, of_tenant
from apps.recovery.predict import Forecaster
from apps.tenants.scoping import TenantQuerySet


class Release(Doer):
    """Releases each; what may be out is looked for first."""

    slice = 50

    def subjects(
        self, chosen: Mapping[str, Any], *, tenant: UUID | None, at: datetime
    ) -> TenantQuerySet[Job]:
        rows = of_tenant(Job.objects.get_queryset(), tenant).filter(
            state=JobState.HELD, held_for=HeldFor.OPS, tenant__isnull=False
        )
        if "ids" in chosen:
            rows = rows.filter(pk__in=chosen["ids"])
        if "connections" in chosen:
            rows = rows.filter(connection__in=chosen["connections"])
        if "platform" in chosen:
            rows = rows.filter(platform=chosen["platform"])
        if "code" in chosen:
            rows = rows.filter(error_code=chosen["code"])
        return rows.order_by("pk")

    def outlook(self, rows: Sequence[Job], options: Mapping[str, Any], at: datetime) -> Outlook:
        read = situations.of_jobs(rows, at)
        # A release is a person's word, like an answer: it lets out what is late.
        return Outlook(read.of, Forecaster(at, read.levels, publish_late=True))

    def before(self, rows: Sequence[Job]) -> None:
        lock_lanes(lanes_of(rows))

    def act(self, operation: Operation, row: Job, predicted: str, at: datetime) -> Result:
        try:
            answer(row.pk, SEND_AGAIN, tenant=row.tenant_id, actor=operation.actor, at=at)  # type: ignore[arg-type]  # subjects() takes tenants' jobs only
        except NotAsked as problem:
            return Result(ItemResult.LEFT_ALONE, problem.title)
        return Result(ItemResult.RELEASED, job=row.pk)
