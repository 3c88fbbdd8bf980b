"""Tell the log of each minute that is counted to its end: one event for every tenant that had traffic."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from apps.events import log
from apps.insights import rollups
from apps.insights.choices import Counted, Span
from apps.insights.models import Rollup, ToldUntil

ACTOR = "system:insights"
# Whoever follows the figures wants to know how it goes: after a long sleep of ours older ones are read from the API.
OLDEST = timedelta(hours=1)
_WORDS = {
    "job.succeeded": "jobs_succeeded",
    "job.failed": "jobs_failed",
    "job.answered": "jobs_answered",
    "error.dead_lettered": "dead_letters",
    "error.retry_scheduled": "retries",
    "connection.paused": "connections_paused",
    "connection.revoked": "connections_revoked",
    "connection.resumed": "connections_resumed",
    "connection.reconnected": "connections_reconnected",
    "breaker.opened": "breakers_opened",
}
Counts = Mapping[tuple[datetime, UUID], Mapping[str, int]]


@transaction.atomic
def tell_minutes(*, at: datetime) -> int:
    """Tell what is new and return how many events that were; each minute once, run twice or killed."""
    until = rollups.complete_until()
    if until is None:
        return 0
    end = until.replace(second=0, microsecond=0)
    ToldUntil.objects.get_or_create(span=Span.MINUTE, defaults={"until": end})
    # Two runs at once: the second finds the row locked and leaves.
    mark = ToldUntil.objects.select_for_update(skip_locked=True).filter(span=Span.MINUTE).first()
    if mark is None or mark.until >= end:
        return 0
    counts = _counts(max(mark.until, end - OLDEST), end)
    mark.until = end
    mark.save(update_fields=["until"])
    log.record_many([_event(minute, tenant, counts[minute, tenant], at) for minute, tenant in sorted(counts)])
    return len(counts)


def _counts(begin: datetime, end: datetime) -> Counts:
    rows = Rollup.objects.across_tenants().filter(
        span=Span.MINUTE, begin__gte=begin, begin__lt=end, tenant__isnull=False
    )
    found: dict[tuple[datetime, UUID], dict[str, int]] = defaultdict(dict)
    summed = rows.values_list("begin", "tenant", "counted", "outcome").annotate(Sum("count")).order_by()
    for minute, tenant, counted, outcome, count in summed:
        name = f"calls_{outcome}" if counted == Counted.CALL else _WORDS[outcome]
        found[minute, tenant][name] = count
    return found


def _event(minute: datetime, tenant: UUID, counts: Mapping[str, int], at: datetime) -> log.NewEvent:
    data = {"minute": minute.isoformat(), "counts": dict(sorted(counts.items()))}
    return log.NewEvent("metrics.updated", tenant, f"tenant:{tenant}", ACTOR, at, data=data)
