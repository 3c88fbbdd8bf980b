"""Take back what has not been told yet."""

from datetime import datetime

from django.db import transaction

from apps.events import log
from apps.notifications.choices import NoticeState
from apps.notifications.models import Notice


@transaction.atomic
def withdraw(*, about: str, actor: str, at: datetime) -> int:
    """Withdraw the notices about something that are still on their way; their jobs end without sending."""
    waiting = (
        Notice.objects.across_tenants().select_for_update().filter(about=about, state=NoticeState.WAITING)
    )
    taken = list(waiting)
    Notice.objects.across_tenants().filter(pk__in=[one.pk for one in taken]).update(
        state=NoticeState.WITHDRAWN
    )
    log.record_many(
        [
            log.NewEvent(
                "notice.withdrawn", one.tenant_id, f"notice:{one.pk}", actor, at, data={"about": about}
            )
            for one in taken
        ]
    )
    return len(taken)
