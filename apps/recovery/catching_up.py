"""How far a catch-up is: what of the posts that were missed is out, and what waits for a word or was too late."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count

from apps.jobs.choices import FINAL
from apps.jobs.models import Job
from apps.recovery.choices import ENDED, ItemResult, OperationKind
from apps.recovery.models import Operation, OperationItem

SHOWN_FOR = timedelta(days=1)
MOST = 3  # that are shown at once


@dataclass(frozen=True, slots=True)
class CatchUp:
    """One backfill on its way."""

    going: int  # posts that go out
    done: int  # of them those that need nothing more
    asked: int
    skipped: int
    since: datetime


def catching_up(*, tenant: UUID, at: datetime) -> list[CatchUp]:
    """Return the tenant's backfills that have posts on their way, the newest first."""
    rows = Operation.objects.for_tenant(tenant).filter(
        kind=OperationKind.BACKFILL, created_at__gt=at - SHOWN_FOR
    )
    found = [_progress(one) for one in rows.order_by("-id")[:MOST]]
    return [one for one in found if one is not None]


def _progress(operation: Operation) -> CatchUp | None:
    """Return how far it is, or None when nothing of it is on its way any more."""
    items = OperationItem.objects.filter(operation=operation)
    results = Counter(dict(items.values_list("result").annotate(Count("pk"))))
    admitted = items.filter(result=ItemResult.ADMITTED)
    done = (
        Job.objects.across_tenants()
        .filter(pk__in=admitted.values("subject"), state__in=sorted(FINAL))
        .count()
    )
    unseen = 0 if operation.state in ENDED else max(operation.total - results.total(), 0)
    going = results[ItemResult.ADMITTED] + unseen
    if done >= going:
        return None
    return CatchUp(
        going=going,
        done=done,
        asked=results[ItemResult.ASKED],
        skipped=results[ItemResult.SKIPPED],
        since=operation.created_at,
    )
