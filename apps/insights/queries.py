"""What was counted, read: every chart, summary and number of the API asks here."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from apps.insights import latency
from apps.insights.choices import Category, Counted, Span
from apps.insights.models import AdvisorInsight, Rollup
from apps.tenants.scoping import TenantQuerySet

_LENGTH = {
    Span.MINUTE: timedelta(minutes=1),
    Span.HOUR: timedelta(hours=1),
    Span.DAY: timedelta(days=1),
}
_LONGEST_FIRST = (Span.DAY, Span.HOUR, Span.MINUTE)
_NAMES = ("platform", "kind", "outcome", "code")
_TOOK = {f"took_{place}": Sum(F(f"took__{place}")) for place in range(latency.SIZE)}

Stretch = tuple[Span, datetime, datetime]


@dataclass(frozen=True, slots=True)
class Figure:
    """How often something happened within a stretch of time, and how long it took."""

    begin: datetime
    platform: str
    kind: str
    outcome: str
    code: str
    count: int
    took: tuple[int, ...] = latency.NOTHING


def totals(*, tenant: UUID, counted: Counted, begin: datetime, end: datetime) -> list[Figure]:
    """
    Return what happened in [begin, end) by partner, kind, outcome and code, with the times added up.

    Minutes are kept for two days and hours for three months: ends that lie before that belong on whole hours or days.
    """
    rows = _rows(tenant, counted, stretches(begin, end)).values_list(*_NAMES)
    summed: Iterable[Any] = rows.annotate(total=Sum("count"), **_TOOK).order_by(*_NAMES)
    return [
        Figure(begin, platform, kind, outcome, code, count, tuple(took))
        for platform, kind, outcome, code, count, *took in summed
    ]


def series(*, tenant: UUID, counted: Counted, span: Span, begin: datetime, end: datetime) -> list[Figure]:
    """Return the same for each minute, hour or day by itself, in order of time; the times are left out."""
    rows = _rows(tenant, counted, [(span, begin, end)]).order_by("begin", *_NAMES)
    return [Figure(*row) for row in rows.values_list("begin", *_NAMES, "count")]


def stretches(begin: datetime, end: datetime, spans: Sequence[Span] = _LONGEST_FIRST) -> Iterator[Stretch]:
    """Cut [begin, end) into whole days, and at its ends into hours and minutes; what is no whole minute is left out."""
    if not spans or begin >= end:
        return
    span, shorter = spans[0], spans[1:]
    first, last = _next(begin, span), _down(end, span)
    if first >= last:
        yield from stretches(begin, end, shorter)
        return
    yield from stretches(begin, first, shorter)
    yield span, first, last
    yield from stretches(last, end, shorter)


def insights_of(*, tenant: UUID) -> QuerySet[AdvisorInsight]:
    """Return what the tenant was told of its weeks, the newest first."""
    rows = AdvisorInsight.objects.for_tenant(tenant).filter(category=Category.INTEGRATION_HEALTH)
    return rows.order_by("-week_starting")


def _down(at: datetime, span: Span) -> datetime:
    hour = 0 if span is Span.DAY else at.hour
    minute = at.minute if span is Span.MINUTE else 0
    return at.replace(hour=hour, minute=minute, second=0, microsecond=0)


def _next(at: datetime, span: Span) -> datetime:
    below = _down(at, span)
    return below if below == at else below + _LENGTH[span]


def _rows(tenant: UUID, counted: Counted, parts: Iterable[Stretch]) -> TenantQuerySet[Rollup]:
    wanted = [Q(span=span, begin__gte=begin, begin__lt=end) for span, begin, end in parts]
    rows = Rollup.objects.for_tenant(tenant).filter(counted=counted)
    return rows.filter(reduce(or_, wanted)) if wanted else rows.none()
