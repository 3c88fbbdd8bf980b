"""The operation that asks the people of stopped connections to reconnect: one message for each dead sign-in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.connections.choices import REFUSED
from apps.connections.models import Connection
from apps.recovery.actions.ask_now import AskedAlready, NothingToAsk, ask_now
from apps.recovery.choices import ItemResult
from apps.recovery.models import Operation
from apps.recovery.operations.connections import connections_in
from apps.recovery.operations.doer import Doer, Result
from apps.tenants.scoping import TenantQuerySet


class Ask(Doer):
    """Asks about each; who was asked about another of the same sign-in, or within the hour, is left alone."""

    slice = 20  # each is a message with its recipients

    def subjects(
        self, chosen: Mapping[str, Any], *, tenant: UUID | None, at: datetime
    ) -> TenantQuerySet[Connection]:
        return connections_in(REFUSED, chosen, tenant=tenant)

    def act(self, operation: Operation, row: Connection, predicted: str, at: datetime) -> Result:
        try:
            ask_now(row, actor=operation.actor, at=at)
        except (AskedAlready, NothingToAsk) as problem:
            return Result(ItemResult.LEFT_ALONE, problem.detail)
        return Result(ItemResult.TOLD)
