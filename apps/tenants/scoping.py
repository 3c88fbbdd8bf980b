"""The fail-closed query layer: a query that was not told whose rows it may see raises instead of answering."""

from collections.abc import Iterator
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

from django.db import models

M = TypeVar("M", bound=models.Model)


class TenantMissing(RuntimeError):
    """A query on tenants' rows was neither scoped to a tenant nor meant to cross them."""


class TenantQuerySet(models.QuerySet[M], Generic[M]):
    """Answers only after `for_tenant` or `across_tenants`."""

    _scoped = False

    def for_tenant(self, tenant: UUID) -> Self:
        """Return this tenant's rows."""
        return self._mark().filter(tenant_id=tenant)

    def across_tenants(self) -> Self:
        """Return everybody's rows: for the engine and for staff."""
        return self._mark()

    def _mark(self) -> Self:
        marked: Self = self._chain()  # type: ignore[attr-defined]
        marked._scoped = True
        return marked

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._scoped = self._scoped
        return clone

    def _demand_scope(self) -> None:
        if not self._scoped:
            raise TenantMissing(f"{self.model.__name__}: say for_tenant(...) or across_tenants() first.")

    # Every way to an answer, reads and writes alike.

    def _fetch_all(self) -> None:
        self._demand_scope()
        super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Iterator[M]:
        self._demand_scope()
        return super().iterator(chunk_size)

    def count(self) -> int:
        self._demand_scope()
        return super().count()

    def exists(self) -> bool:
        self._demand_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._demand_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._demand_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._demand_scope()
        return super().delete()

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        self._demand_scope()
        return super().raw(*args, **kwargs)


class TenantManager(models.Manager[M], Generic[M]):
    """Hands out querysets that must be scoped; rows are created as usual."""

    def get_queryset(self) -> TenantQuerySet[M]:
        return TenantQuerySet(self.model, using=self._db)

    def for_tenant(self, tenant: UUID) -> TenantQuerySet[M]:
        """Return this tenant's rows."""
        return self.get_queryset().for_tenant(tenant)

    def across_tenants(self) -> TenantQuerySet[M]:
        """Return everybody's rows: for the engine and for staff."""
        return self.get_queryset().across_tenants()
