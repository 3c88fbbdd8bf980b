"""Take back what has not been told yet."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.events import log
from apps.notifications.choices import NoticeState
from apps.notifications.models import Notice


@transaction.atomic
def withdraw(notices: Collection[UUID], *, actor: str, at: datetime) -> int:
    """Withdraw those that are still on their way and return how many were; their jobs end without sending."""
    rows = Notice.objects.across_tenants()
    taken = list(rows.select_for_update().filter(pk__in=notices, state=NoticeState.WAITING))
    rows.filter(pk__in=[one.pk for one in taken]).update(state=NoticeState.WITHDRAWN)
    log.record_many(
        [
            log.NewEvent(
                "notice.withdrawn",
                one.tenant_id,
                f"notice:{one.pk}",
                actor,
                at,
                data={"about": one.about},
            )
            for one in taken
        ]
    )
    return len(taken)
