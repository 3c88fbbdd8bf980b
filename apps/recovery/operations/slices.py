"""One slice of an operation. What has an item is done; so a worker that dies in between loses and doubles nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef

from apps.events import log
from apps.jobs.actions.hold import release
from apps.jobs.kinds import HoldReason
from apps.recovery.choices import OperationState, Prediction
from apps.recovery.models import Operation, OperationItem
from apps.recovery.operations.doer import DOERS, Doer, Outlook, Result
from apps.tenants.scoping import TenantQuerySet


def advance(operation_id: UUID, *, at: datetime) -> bool:
    """Do the next slice; False when there is nothing more to do for this operation."""
    operation = Operation.objects.across_tenants().get(pk=operation_id)
    if operation.state != OperationState.RUNNING:
        return not operation.has_ended
    doer = DOERS.get(operation.kind)
    rows = list(_next(operation, doer))
    if not rows:
        finish(operation, OperationState.DONE, at=at)
        return False
    outlook = doer.outlook(rows, operation.options, at)
    forecasts = {row.pk: _predict(row, outlook) for row in rows}
    try:
        with transaction.atomic():
            if not _still_runs(operation):
                return True  # the next look sees what a person has just made of it
            doer.before(rows)
            results = doer.act_on_all(operation, rows, {pk: word for pk, (word, _) in forecasts.items()}, at)
            OperationItem.objects.bulk_create(
                _item(operation, row.pk, results[row.pk], *forecasts[row.pk]) for row in rows
            )
            _count(operation)
            doer.after(rows, at)
    except IntegrityError as error:
        # A worker that had stood still and lost its lease woke up and did this slice: the next look shows it.
        if "operation_item_once_per_subject" not in str(error):
            raise
    return True


def finish(operation: Operation, state: OperationState, *, at: datetime, note: str = "") -> None:
    """End the operation, once, with an event that says what became of its subjects; a pause that came too late ends too."""
    with transaction.atomic():
        counts = _count(operation)
        open_ones = Operation.objects.across_tenants().filter(pk=operation.pk, finished_at=None)
        if open_ones.update(state=state, finished_at=at, note=note) != 1:
            return
        release(scope=f"lane:{operation.lane_key}", reason=HoldReason.OPS, actor=operation.actor, at=at)
        log.record(
            f"operation.{state}",
            tenant=operation.tenant_id,
            subject=f"operation:{operation.pk}",
            actor=operation.actor,
            at=at,
            data={"kind": operation.kind, "total": operation.total, "counts": dict(counts)},
        )


def _still_runs(operation: Operation) -> bool:
    """Lock it: who pauses or aborts it meanwhile waits for this slice, and then counts all that was done."""
    rows = Operation.objects.across_tenants().select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=operation.pk, state=OperationState.RUNNING).first() is not None


def _next(operation: Operation, doer: Doer) -> TenantQuerySet[Any]:
    rows = doer.subjects(operation.filter, tenant=operation.tenant_id, at=operation.created_at)
    if operation.upto is None:  # there was nothing that it could mean
        return rows.none()
    done = OperationItem.objects.filter(operation=operation, subject=OuterRef("pk"))
    return rows.filter(~Exists(done), pk__lte=operation.upto)[: doer.slice]


def _item(
    operation: Operation, subject: UUID, result: Result, predicted: str, sentence: str
) -> OperationItem:
    return OperationItem(
        operation=operation,
        subject=subject,
        predicted=predicted,
        result=result.word,
        detail=result.detail or sentence,
        job=result.job,
    )


def _predict(row: Any, outlook: Outlook) -> tuple[str, str]:
    situation = outlook.situations.get(row.pk)
    if situation is None:
        return "", ""
    found = outlook.forecaster.forecast(situation)
    return found.prediction, "" if found.prediction is Prediction.PUBLISH else found.sentence


def _count(operation: Operation) -> Mapping[str, int]:
    rows = OperationItem.objects.filter(operation=operation).values("result").annotate(count=Count("id"))
    counts = {row["result"]: row["count"] for row in rows}
    Operation.objects.across_tenants().filter(pk=operation.pk).update(
        counts=counts, done=sum(counts.values())
    )
    return counts
