"""Operations on dead letters: replay them, or put them aside with a reason."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.jobs.actions.replay import AlreadyResolved, replay, resolve
from apps.jobs.models import DeadLetter
from apps.recovery import situations
from apps.recovery.choices import ItemResult, Prediction
from apps.recovery.filters import moment
from apps.recovery.models import Operation
from apps.recovery.operations.doer import Doer, Outlook, Result, of_tenant
from apps.recovery.predict import Forecaster
from apps.tenants.scoping import TenantQuerySet

_SINGLE = {
    "code": "error_code",
    "rule": "rule_id",
    "platform": "platform",
    "kind": "kind",
    "reason": "reason",
}


def open_letters(chosen: Mapping[str, Any], *, tenant: UUID | None) -> TenantQuerySet[DeadLetter]:
    """Return the open dead letters that a checked filter means, the oldest first."""
    rows = of_tenant(DeadLetter.objects.get_queryset(), tenant).filter(resolved_at=None)
    conditions: dict[str, Any] = {column: chosen[name] for name, column in _SINGLE.items() if name in chosen}
    if "ids" in chosen:
        conditions["pk__in"] = chosen["ids"]
    if "connections" in chosen:
        conditions["connection__in"] = chosen["connections"]
    if after := moment(chosen, "created_after"):
        conditions["created_at__gte"] = after
    if before := moment(chosen, "created_before"):
        conditions["created_at__lt"] = before
    return rows.filter(**conditions).order_by("pk")


class Replay(Doer):
    """Runs each again as a new job; what is out already is left alone."""

    def subjects(
        self, chosen: Mapping[str, Any], *, tenant: UUID | None, at: datetime
    ) -> TenantQuerySet[DeadLetter]:
        return open_letters(chosen, tenant=tenant)

    def outlook(self, rows: Sequence[DeadLetter], options: Mapping[str, Any], at: datetime) -> Outlook:
        read = situations.of_letters(rows, at)
        forecaster = Forecaster(at, read.levels, publish_late=options.get("late") == "publish")
        return Outlook({one.subject: one for one in read.of.values()}, forecaster)

    def act(self, operation: Operation, row: DeadLetter, predicted: str, at: datetime) -> Result:
        if predicted == Prediction.DUPLICATE:
            return Result(
                ItemResult.LEFT_ALONE, "The same post is out, or goes out with another one of these."
            )
        late = operation.options.get("late") == "publish"
        try:
            job = replay(row.pk, tenant=row.tenant_id, actor=operation.actor, at=at, publish_late=late)
        except AlreadyResolved as problem:
            return Result(ItemResult.LEFT_ALONE, problem.title)
        return Result(ItemResult.REPLAYED, job=job.pk)


class Resolve(Doer):
    """Puts each aside without running it again."""

    def subjects(
        self, chosen: Mapping[str, Any], *, tenant: UUID | None, at: datetime
    ) -> TenantQuerySet[DeadLetter]:
        return open_letters(chosen, tenant=tenant)

    def act(self, operation: Operation, row: DeadLetter, predicted: str, at: datetime) -> Result:
        why = operation.options["reason"]
        try:
            resolve(row.pk, tenant=row.tenant_id, note=why, actor=operation.actor, at=at)
        except AlreadyResolved as problem:
            return Result(ItemResult.LEFT_ALONE, problem.title)
        return Result(ItemResult.RESOLVED)
