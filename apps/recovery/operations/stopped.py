"""The operation that lets connections publish again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.connections.choices import STOPPED
from apps.connections.models import Connection
from apps.recovery.actions.resume import NotStopped, resume
from apps.recovery.choices import ItemResult
from apps.recovery.models import Operation
from apps.recovery.operations.connections import connections_in
from apps.recovery.operations.doer import Doer, Result
from apps.tenants.scoping import TenantQuerySet


class Resume(Doer):
    """Resumes each; a grant that lives again brings its other connections along."""

    slice = 20  # each is a few commits' worth of work

    def subjects(
        self, chosen: Mapping[str, Any], *, tenant: UUID | None, at: datetime
    ) -> TenantQuerySet[Connection]:
        return connections_in(STOPPED, chosen, tenant=tenant)

    def act(self, operation: Operation, row: Connection, predicted: str, at: datetime) -> Result:
        backfill = operation.options.get("backfill", True)
        try:
            resume(row, actor=operation.actor, at=at, backfill=backfill)
        except NotStopped:
            # Another one of the same grant brought it back a moment ago.
            return Result(ItemResult.LEFT_ALONE, "It publishes already.")
        return Result(ItemResult.RESUMED)
