"""Begin to tell an endpoint what it never took."""

from datetime import datetime
from uuid import UUID

from apps.recovery import filters
from apps.recovery.actions import operate
from apps.recovery.choices import OperationKind
from apps.recovery.models import Operation


def catch_up(pk: UUID, *, tenant: UUID, actor: str, at: datetime) -> Operation:
    """Start the operation that delivers again all that was given up at this endpoint of the tenant."""
    asked = filters.check(OperationKind.REDELIVER, {"endpoints": [str(pk)]}, {})
    begun, _ = operate.start(asked, tenant=tenant, actor=actor, at=at)
    return begun
