"""The dry run of an operation: what would happen to each subject, how long it takes, and what it uses up. Writes nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from apps.jobs.limits import Per
from apps.jobs.pacing import Key
from apps.recovery.filters import Asked
from apps.recovery.operations.doer import DOERS
from apps.recovery.predict import Forecast, Level

LOOKED_AT = 2000  # more are counted, not predicted; the answer says so


@dataclass(frozen=True, slots=True)
class Quota:
    """What an operation uses of one tenant's limit at one partner."""

    scope: str
    calls: int
    available: int
    per_minute: float

    @property
    def duration(self) -> timedelta:
        """How long the limit lets it take."""
        return timedelta(minutes=max(0, self.calls - self.available) / self.per_minute)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen now."""

    total: int
    looked_at: int
    counts: Mapping[str, int]
    duration: timedelta
    quotas: Sequence[Quota]
    rows: Sequence[tuple[Any, Forecast | None]]


def preview(asked: Asked, *, tenant: UUID | None, at: datetime) -> Preview:
    """Predict an operation without doing anything."""
    doer = DOERS.get(asked.kind)
    subjects = doer.subjects(asked.filter, tenant=tenant, at=at)
    rows = list(subjects[: LOOKED_AT + 1])
    total = len(rows) if len(rows) <= LOOKED_AT else subjects.count()
    rows = rows[:LOOKED_AT]
    outlook = doer.outlook(rows, asked.options, at)
    pairs: list[tuple[Any, Forecast | None]] = []
    for row in rows:
        situation = outlook.situations.get(row.pk)
        pairs.append((row, outlook.forecaster.forecast(situation) if situation else None))
    levels = sorted(outlook.forecaster.levels.items())
    used = {key: _quota(key, level) for key, level in levels if level.wanted}
    return Preview(
        total=total,
        looked_at=len(rows),
        counts=Counter(found.prediction.value for _, found in pairs if found),
        duration=max((quota.duration for quota in used.values()), default=timedelta(0))
        * _share(total, len(rows)),
        quotas=[quota for key, quota in used.items() if key.scope.startswith(f"{Per.TENANT}:")],
        rows=pairs,
    )


def first_rows(found: Preview, most: int) -> list[tuple[Any, Forecast | None]]:
    """Return the first few subjects with what would happen to them."""
    return list(islice(found.rows, most))


def _share(total: int, looked_at: int) -> float:
    return total / looked_at if looked_at else 1


def _quota(key: Key, level: Level) -> Quota:
    return Quota(
        f"{key.scope} {key.budget}",
        int(level.wanted),
        max(0, int(level.tokens - level.ahead)),
        level.per_minute,
    )
