"""The numbers of one tenant's week, and those of the week before beside them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from apps.errors.codes import ErrorCode
from apps.insights import queries, weeks
from apps.insights.choices import Counted, OutageEnd, Span
from apps.insights.models import Outage
from apps.insights.numbers import Digest, Numbers, PlatformWeek, added_up
from apps.insights.queries import Figure
from apps.jobs.actions.answer import IT_IS_THERE
from apps.jobs.choices import JobState
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Job
from apps.recovery.choices import ItemResult, OperationKind
from apps.recovery.incidents import AUTHORISATION
from apps.recovery.models import OperationItem

PUBLISH = "publish"
SLOWED = frozenset({ErrorCode.RATE_LIMIT_429, ErrorCode.QUOTA_EXCEEDED})
SPIKE = 10  # answers of that sort in one hour; hours in a row are one spell
TOP = 3
_ENDS = {
    ("job.succeeded", ""): "published",
    ("job.succeeded", "FOUND"): "published",
    ("job.answered", IT_IS_THERE): "published",
    ("job.failed", None): "failed",
    ("error.dead_lettered", None): "failed",
    ("error.retry_scheduled", None): "retried",
}


def digest(*, tenant: UUID, week: date) -> Digest:
    """Count a tenant's week; as many queries for a busy one as for a quiet one."""
    begin, end = weeks.bounds(week)
    found = _Sum(begin)
    days = {"tenant": tenant, "span": Span.DAY, "begin": begin - weeks.WEEK, "end": end}
    for figure in queries.series(counted=Counted.EVENT, **days):  # type: ignore[arg-type]
        found.add_event(figure)
    for figure in queries.series(counted=Counted.CALL, **days):  # type: ignore[arg-type]
        found.add_call(figure)
    hours = queries.series(tenant=tenant, counted=Counted.CALL, span=Span.HOUR, begin=begin, end=end)
    found.add_spells(hours)
    found.add_outages(_outages(tenant, begin, end))
    result = found.digest()
    result.backfilled = _backfilled(tenant, begin, end)
    return result


def _outages(tenant: UUID, begin: datetime, end: datetime) -> list[Outage]:
    rows = Outage.objects.for_tenant(tenant)
    return list(
        (
            rows.filter(began_at__gte=begin, began_at__lt=end)
            | rows.filter(ended_at__gte=begin, ended_at__lt=end)
        )
        .exclude(end=OutageEnd.CONVERTED)
        .order_by("pk")
    )


def _backfilled(tenant: UUID, begin: datetime, end: datetime) -> int:
    let_through = OperationItem.objects.filter(
        operation__tenant=tenant, operation__kind=OperationKind.BACKFILL, result=ItemResult.ADMITTED
    )
    mine = Job.objects.for_tenant(tenant).filter(pk__in=let_through.values("job"), state=JobState.SUCCEEDED)
    mine = mine.exclude(passes__contains=[HoldReason.DRILL])  # those went out on a stage
    return mine.filter(finished_at__gte=begin, finished_at__lt=end).count()


class _Sum:
    """Adds figures up, for the week and for the one before."""

    def __init__(self, begin: datetime) -> None:
        self._begin = begin
        self._end = begin + weeks.WEEK
        self._platforms: dict[str, PlatformWeek] = {}
        self._errors: Counter[tuple[str, bool]] = Counter()
        self._days: Counter[tuple[date, str]] = Counter()

    def add_event(self, one: Figure) -> None:
        """Count what the log told."""
        numbers = self._numbers(one)
        if one.outcome == "connection.reconnected":
            numbers.reconnects += one.count
        if one.kind != PUBLISH:
            return
        name = _ENDS.get((one.outcome, one.code)) or _ENDS.get((one.outcome, None))
        if name:
            setattr(numbers, name, getattr(numbers, name) + one.count)
            self._days[one.begin.date(), name] += one.count
        if (one.outcome, one.code) in {("job.succeeded", "FOUND"), ("job.answered", IT_IS_THERE)}:
            numbers.duplicates_prevented += one.count

    def add_call(self, one: Figure) -> None:
        """Count what partners answered."""
        if one.code in SLOWED:
            self._numbers(one).slowed_down += one.count
        if one.code and one.kind == PUBLISH:
            self._errors[one.code, one.begin >= self._begin] += one.count

    def add_spells(self, hours: Iterable[Figure]) -> None:
        """Count the spells in which a partner asked us to slow down."""
        slowed: Counter[tuple[str, datetime]] = Counter()
        for one in hours:
            if one.code in SLOWED:
                slowed[one.platform, one.begin] += one.count
        hit = {place for place, count in slowed.items() if count >= SPIKE}
        for platform, hour in hit:
            if (platform, hour - timedelta(hours=1)) not in hit:
                self._platform(platform).spells += 1

    def add_outages(self, outages: Sequence[Outage]) -> None:
        """Count what stopped in the week, and how long it took what came back in it."""
        for one in outages:
            platform = self._platform(one.platform)
            if self._begin <= one.began_at < self._end:
                platform.stops += 1
                platform.access_stops += one.code in AUTHORISATION
            if one.end == OutageEnd.RESUMED and one.ended_at and self._begin <= one.ended_at < self._end:
                took = (one.ended_at - one.began_at).total_seconds()
                total = platform.recovery_seconds * platform.recoveries + took
                platform.recoveries += 1
                platform.recovery_seconds = total / platform.recoveries

    def digest(self) -> Digest:
        """Return all of it."""
        platforms = [self._platforms[name] for name in sorted(self._platforms)]
        recoveries = sum(one.recoveries for one in platforms)
        seconds = sum(one.recovery_seconds * one.recoveries for one in platforms)
        return Digest(
            this=added_up(one.this for one in platforms),
            before=added_up(one.before for one in platforms),
            platforms=platforms,
            errors=self._top_errors(),
            days=[self._day(self._begin.date() + timedelta(days=day)) for day in range(7)],
            recoveries=recoveries,
            recovery_seconds=seconds / recoveries if recoveries else 0,
        )

    def _top_errors(self) -> list[dict[str, Any]]:
        counts = {code: count for (code, is_now), count in self._errors.items() if is_now}
        top = sorted(counts, key=lambda code: (-counts[code], code))[:TOP]
        return [{"code": code, "count": counts[code], "before": self._errors[code, False]} for code in top]

    def _day(self, day: date) -> dict[str, Any]:
        return {"date": day.isoformat(), **{name: self._days[day, name] for name in ("published", "failed")}}

    def _numbers(self, one: Figure) -> Numbers:
        platform = self._platform(one.platform)
        return platform.this if one.begin >= self._begin else platform.before

    def _platform(self, name: str) -> PlatformWeek:
        return self._platforms.setdefault(name, PlatformWeek(name))
