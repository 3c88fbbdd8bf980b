"""The port between operations and what they do: one doer a kind, plugged when recovery is ready."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from apps.core.registry import Registry
from apps.jobs.models import Job, Lane
from apps.recovery.choices import ItemResult
from apps.recovery.models import Operation
from apps.recovery.predict import Forecaster, Situation
from apps.tenants.scoping import TenantQuerySet

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one subject."""

    word: ItemResult
    detail: str = ""
    job: UUID | None = None


@dataclass(slots=True)
class Outlook:
    """The situations of some subjects, by their id, and who predicts from them."""

    situations: Mapping[UUID, Situation]
    forecaster: Forecaster


class Doer(ABC):
    """Does one kind of operation. Stateless."""

    slice: ClassVar[int] = 200  # rows in one commit

    @abstractmethod
    def subjects(
        self, chosen: Mapping[str, Any], *, tenant: UUID | None, at: datetime
    ) -> TenantQuerySet[Any]:
        """Return the rows it is about, in the order in which they are taken; `at` is when it was started."""

    def outlook(self, rows: Sequence[Any], options: Mapping[str, Any], at: datetime) -> Outlook:
        """Read what decides about these rows; nothing for kinds that let no job go."""
        return Outlook({}, Forecaster(at, {}))

    def before(self, rows: Sequence[Any]) -> None:
        """Lock what must be locked before a slice is done, inside its transaction."""

    @abstractmethod
    def act(self, operation: Operation, row: Any, predicted: str, at: datetime) -> Result:
        """Do it to one row; doing it twice does nothing more."""

    def act_on_all(
        self, operation: Operation, rows: Sequence[Any], predicted: Mapping[UUID, str], at: datetime
    ) -> dict[UUID, Result]:
        """Do it to a slice, inside its transaction; one that cannot be done does not stop the others."""
        return {row.pk: self._alone(operation, row, predicted.get(row.pk, ""), at) for row in rows}

    def after(self, rows: Sequence[Any], at: datetime) -> None:
        """Do what follows from a whole slice."""

    def _alone(self, operation: Operation, row: Any, predicted: str, at: datetime) -> Result:
        try:
            with transaction.atomic():
                return self.act(operation, row, predicted, at)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.exception("operation.item_failed", extra={"operation": str(operation.pk)})
            return Result(ItemResult.FAILED, type(error).__name__)


DOERS: Registry[Doer] = Registry("operation")


def lanes_of(jobs: Iterable[Job]) -> list[str]:
    """Return the keys of the lanes that these jobs wait in."""
    rows = Lane.objects.across_tenants().filter(pk__in={job.lane_id for job in jobs})
    return list(rows.values_list("key", flat=True))


def of_tenant(rows: TenantQuerySet[Any], tenant: UUID | None) -> TenantQuerySet[Any]:
    """Return the tenant's rows, or everybody's for staff."""
    return rows.across_tenants() if tenant is None else rows.for_tenant(tenant)
