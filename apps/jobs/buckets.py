"""The buckets in the database: locked in one order, drawn from by a claim, corrected by a settle."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import connection

from apps.jobs import pacing, sql
from apps.jobs.kinds import Settlement
from apps.jobs.limits import Budget
from apps.jobs.models import Job
from apps.jobs.pacing import SHARE, Draw, Key, Level


def take(jobs: Sequence[Job], at: datetime) -> pacing.Grants:
    """Give due jobs their calls, as far as the buckets reach; runs in the claiming transaction."""
    draws = {job.pk: pacing.draws_of(job, job.lane_scopes) for job in jobs}  # type: ignore[attr-defined]  # of the claim's query
    wanted = {draw.key: draw for several in draws.values() for draw in several}
    if not wanted:
        return pacing.grant(jobs, draws, {}, at=at)
    levels = _lock(wanted, at)
    grants = pacing.grant(jobs, draws, levels, at=at)
    _write(levels, grants.short, at)
    return grants


def correct(settlements: Iterable[Settlement]) -> None:
    """Give back what was drawn and not called, and count what was called beyond it; in the settling transaction."""
    more: dict[Key, float] = defaultdict(float)
    for one in settlements:
        if one.outcome.used is None:
            continue
        for draw in one.draws:
            if draw.key.budget != Budget.SLOTS:
                more[draw.key] += pacing.used(draw, one.outcome.used) - draw.calls
    rows = [{"scope": key.scope, "budget": key.budget, "more": calls} for key, calls in more.items() if calls]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(sql.CORRECT_CALLS, {"rows": json.dumps(rows)})


def slow_down(scopes: Mapping[str, float], *, until: datetime) -> None:
    """Let buckets fill more slowly for a while, by scope: to this part of their limit."""
    rows = [{"scope": scope, "slowed_to": part} for scope, part in scopes.items()]
    with connection.cursor() as cursor:
        cursor.execute(sql.SLOW_DOWN, {"rows": json.dumps(rows), "until": until})


def _lock(wanted: Mapping[Key, Draw], at: datetime) -> dict[Key, Level]:
    rows = json.dumps([_row(draw) for draw in wanted.values()])
    known: dict[str, str | float | datetime] = {
        "at": at,
        "rows": rows,
        "speed": float(settings.SPEED),
        "part": pacing.LARGEST_SHARE,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.ENSURE_BUCKETS, known)
        cursor.execute(sql.LOCK_BUCKETS, known)
        levels = {
            Key(scope, budget): Level(burst - used, per_minute, burst, short=short)
            for scope, budget, burst, per_minute, used, short in cursor.fetchall()
        }
        scopes = [key.scope for key in levels if key.budget == Budget.SLOTS]
        if scopes:
            # Counted anew, never kept: a worker that dies takes no slot with it.
            cursor.execute(sql.SLOTS_TAKEN, {"scopes": scopes})
            for scope, taken in cursor.fetchall():
                levels[Key(scope, Budget.SLOTS)].left -= taken
    return levels


def _row(draw: Draw) -> dict[str, object]:
    limit = draw.limit
    return {
        "scope": draw.key.scope,
        "budget": draw.key.budget,
        "platform": draw.platform,
        "per": SHARE if draw.is_share else limit.per,
        "burst": limit.burst,
        "per_minute": limit.per_minute,
        "share": draw.is_share,
    }


def _write(levels: Mapping[Key, Level], short: set[Key], at: datetime) -> None:
    rows = [
        {
            "scope": key.scope,
            "budget": key.budget,
            "used": _used(key, level),
            "short_until": (at + pacing.SHORT_FOR).isoformat() if key in short else None,
        }
        for key, level in levels.items()
        if (level.taken or key in short) and key.budget != Budget.SLOTS
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(sql.TAKE_CALLS, {"rows": json.dumps(rows), "at": at})


def _used(key: Key, level: Level) -> float:
    """What one tenant drew of what nobody else wanted is not held against him for longer than a burst takes."""
    used = level.burst - level.left + level.taken
    return min(used, level.burst) if key.scope.startswith(f"{SHARE}:") else used
