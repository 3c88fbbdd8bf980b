"""Operations on dead letters: replay them, or put them aside with a reason."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from apps.jobs.actions.replay import AlreadyResolved, replay_many, resolve_many
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
_DONE_BEFORE = Result(ItemResult.LEFT_ALONE, AlreadyResolved.title)
_OUT = Result(ItemResult.LEFT_ALONE)  # the prediction says why
logger = logging.getLogger(__name__)


def open_letters(
    chosen: Mapping[str, Any], *, tenant: UUID | None, resolved_too: bool = False
) -> TenantQuerySet[DeadLetter]:
    """Return the open dead letters that a checked filter means, the oldest first."""
    rows = of_tenant(DeadLetter.objects.get_queryset(), tenant)
    if not resolved_too:
        rows = rows.filter(resolved_at=None)
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
        return self._replay(operation, [row], at)[row.pk]

    def act_on_all(
        self,
        operation: Operation,
        rows: Sequence[DeadLetter],
        predicted: Mapping[UUID, str],
        at: datetime,
    ) -> dict[UUID, Result]:
        """All in a few statements; one by one when that fails, so that only the guilty one stays."""
        wanted = [row for row in rows if predicted.get(row.pk) != Prediction.DUPLICATE]
        try:
            with transaction.atomic():
                results = self._replay(operation, wanted, at)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("replay.slice_failed", extra={"operation": str(operation.pk)})
            results = super().act_on_all(operation, wanted, predicted, at)
        return {row.pk: results.get(row.pk, _OUT) for row in rows}

    def _replay(self, operation: Operation, rows: Sequence[DeadLetter], at: datetime) -> dict[UUID, Result]:
        late = operation.options.get("late") == "publish"
        jobs = replay_many([row.pk for row in rows], actor=operation.actor, at=at, publish_late=late)
        return {
            row.pk: Result(ItemResult.REPLAYED, job=jobs[row.pk]) if row.pk in jobs else _DONE_BEFORE
            for row in rows
        }


class Resolve(Doer):
    """Puts each aside without running it again."""

    def subjects(
        self, chosen: Mapping[str, Any], *, tenant: UUID | None, at: datetime
    ) -> TenantQuerySet[DeadLetter]:
        return open_letters(chosen, tenant=tenant)

    def act(self, operation: Operation, row: DeadLetter, predicted: str, at: datetime) -> Result:
        return self.act_on_all(operation, [row], {}, at)[row.pk]

    def act_on_all(
        self,
        operation: Operation,
        rows: Sequence[DeadLetter],
        predicted: Mapping[UUID, str],
        at: datetime,
    ) -> dict[UUID, Result]:
        why = operation.options["reason"]
        taken = resolve_many([row.pk for row in rows], note=why, actor=operation.actor, at=at)
        return {row.pk: Result(ItemResult.RESOLVED) if row.pk in taken else _DONE_BEFORE for row in rows}
