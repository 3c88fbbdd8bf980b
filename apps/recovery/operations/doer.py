"""The port between operations and what they do: one doer a kind, plugged when recovery is ready."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.registry import Registry
from apps.recovery.choices import ItemResult
from apps.recovery.models import Operation
from apps.recovery.predict import Forecaster, Situation
from apps.tenants.scoping import TenantQuerySet


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

    @abstractmethod
    def subjects(
        self, chosen: Mapping[str, Any], *, tenant: UUID | None, at: datetime
    ) -> TenantQuerySet[Any]:
        """Return the rows it is about, in the order in which they are taken; `at` is when it was started."""

    def outlook(self, rows: Sequence[Any], options: Mapping[str, Any], at: datetime) -> Outlook:
        """Read what decides about these rows; nothing for kinds that let no job go."""
        return Outlook({}, Forecaster(at, {}))

    @abstractmethod
    def act(self, operation: Operation, row: Any, predicted: str, at: datetime) -> Result:
        """Do it to one row, in a transaction of its own, so that doing it twice does nothing more."""

    def after(self, rows: Sequence[Any], at: datetime) -> None:
        """Do what follows from a whole slice."""


DOERS: Registry[Doer] = Registry("operation")


def of_tenant(rows: TenantQuerySet[Any], tenant: UUID | None) -> TenantQuerySet[Any]:
    """Return the tenant's rows, or everybody's for staff."""
    return rows.across_tenants() if tenant is None else rows.for_tenant(tenant)
