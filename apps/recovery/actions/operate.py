"""Start an operation, and steer it: pause, resume, abort."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.core.problems import Problem
from apps.events import log
from apps.jobs.actions.enqueue import IdempotencyKeyReused, LaneSpec, NewJob, enqueue
from apps.jobs.actions.hold import hold, release
from apps.jobs.kinds import HoldReason
from apps.recovery.choices import OperationState
from apps.recovery.filters import Asked
from apps.recovery.models import Operation
from apps.recovery.operations.doer import DOERS
from apps.recovery.operations.slices import finish

KIND = "operation"  # of the job that carries it


class CannotSteer(Problem):
    """The operation is not in a state that allows this."""

    code = "operation_state"
    status = 409
    title = "This operation cannot do that now"


def start(
    asked: Asked, *, tenant: UUID | None, actor: str, at: datetime, idempotency_key: str | None = None
) -> tuple[Operation, bool]:
    """
    Store the operation and the job that carries it; return it and True, or the first one with this key and False.

    What appears after this moment is not meant.

    :raises IdempotencyKeyReused: when that first one was a different wish.
    """
    if idempotency_key and (first := _by_key(tenant, idempotency_key)):
        return _same(first, asked), False
    try:
        with transaction.atomic():
            return _store(asked, tenant, actor, at, idempotency_key), True
    except IntegrityError as error:
        first = _by_key(tenant, idempotency_key)
        if "operation_idempotency_key_unique_per_tenant" not in str(error) or first is None:
            raise
        return _same(first, asked), False


@transaction.atomic
def pause(operation_id: UUID, *, tenant: UUID | None, actor: str, at: datetime) -> Operation:
    """
    Stop after the slice that is under way.

    :raises CannotSteer: when it does not run.
    """
    operation = _move(operation_id, tenant, OperationState.RUNNING, OperationState.PAUSED)
    hold(
        scope=f"lane:{operation.lane_key}",
        reason=HoldReason.OPS,
        sentence="The operation was paused.",
        who="whoever paused it",
        at=at,
    )
    _record("operation.paused", operation, actor, at)
    return operation


@transaction.atomic
def go_on(operation_id: UUID, *, tenant: UUID | None, actor: str, at: datetime) -> Operation:
    """
    Go on where it stopped.

    :raises CannotSteer: when it is not paused.
    """
    operation = _move(operation_id, tenant, OperationState.PAUSED, OperationState.RUNNING)
    release(scope=f"lane:{operation.lane_key}", reason=HoldReason.OPS, actor=actor, at=at)
    _record("operation.resumed", operation, actor, at)
    return operation


@transaction.atomic
def abort(operation_id: UUID, *, tenant: UUID | None, actor: str, at: datetime) -> Operation:
    """
    End it after the slice that is under way; what is done stays done.

    :raises CannotSteer: when it has ended.
    """
    operation = _locked(operation_id, tenant)
    if operation.has_ended:
        raise CannotSteer(detail="It has ended.")
    # Its job wakes once more, finds the end and succeeds.
    finish(operation, OperationState.ABORTED, at=at, note=f"Aborted by {actor}.")
    operation.refresh_from_db()
    return operation


def _store(
    asked: Asked, tenant: UUID | None, actor: str, at: datetime, idempotency_key: str | None
) -> Operation:
    subjects = DOERS.get(asked.kind).subjects(asked.filter, tenant=tenant, at=at)
    operation = Operation.objects.create(
        tenant_id=tenant,
        kind=asked.kind,
        filter=dict(asked.filter),
        options=dict(asked.options),
        upto=subjects.order_by("-pk").values_list("pk", flat=True).first(),
        total=subjects.count(),
        actor=actor,
        created_at=at,
        idempotency_key=idempotency_key,
    )
    _record("operation.started", operation, actor, at)
    lane = LaneSpec(key=operation.lane_key, tenant=tenant, platform=KIND, scopes=(), solo=True)
    args = {"operation": str(operation.pk)}
    job, _ = enqueue(NewJob(lane=lane, kind=KIND, args=args, due_at=at), actor=actor, at=at)
    operation.job = job.pk
    operation.save(update_fields=["job"])
    return operation


def _by_key(tenant: UUID | None, key: str | None) -> Operation | None:
    rows = Operation.objects.across_tenants().filter(tenant=tenant, idempotency_key=key)
    return rows.first() if key else None


def _same(first: Operation, asked: Asked) -> Operation:
    if (first.kind, first.filter, first.options) != (asked.kind, dict(asked.filter), dict(asked.options)):
        raise IdempotencyKeyReused(
            detail="Use a new key for a new request, or send the first request unchanged."
        )
    return first


def _locked(operation_id: UUID, tenant: UUID | None) -> Operation:
    rows = Operation.objects.across_tenants().select_for_update(of=("self",))
    return rows.get(pk=operation_id) if tenant is None else rows.get(pk=operation_id, tenant=tenant)


def _move(
    operation_id: UUID, tenant: UUID | None, before: OperationState, after: OperationState
) -> Operation:
    operation = _locked(operation_id, tenant)
    if operation.state != before:
        raise CannotSteer(detail=f"It is {operation.get_state_display().lower()}.")
    operation.state = after
    operation.save(update_fields=["state"])
    return operation


def _record(verb: str, operation: Operation, actor: str, at: datetime) -> None:
    log.record(
        verb,
        tenant=operation.tenant_id,
        subject=f"operation:{operation.pk}",
        actor=actor,
        at=at,
        data={"kind": operation.kind, "total": operation.total},
    )
