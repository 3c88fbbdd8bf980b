"""The buckets in the database: locked in one order, drawn from by a claim, corrected by a settle."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.core.prepared import ask, rowset
from apps.jobs import pacing
from apps.jobs.kinds import Settlement
from apps.jobs.limits import Budget
from apps.jobs.models import Job
from apps.jobs.pacing import SHARE, Draw, Key, Level
from apps.jobs.sql import buckets as sql

MOST_SEEN = 50_000
_seen: set[Key] = set()  # buckets that this process need not create


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
        ask(sql.CORRECT_CALLS, {"rows": rowset(rows), "scopes": [row["scope"] for row in rows]})


def used_by_apps(at: datetime) -> list[tuple[str, str, float]]:
    """Return, by platform and budget, which part of what all tenants share is used; a partner's slowing counts."""
    wanted = {draw.key: draw for draw in pacing.shared_by_all()}
    levels = _levels(sql.READ_BUCKETS, _known(wanted, at)) if wanted else {}
    parts = {key: 1 - level.left / level.burst for key, level in levels.items() if level.burst}
    return [(wanted[key].platform, key.budget, min(1.0, max(0.0, part))) for key, part in parts.items()]


def around(
    scopes: Sequence[str], *, platform: str, tenant: UUID, connection: UUID, at: datetime
) -> list[tuple[Draw, Level]]:
    """Return the buckets that an account's calls come out of, and how full they are; `scopes` are its lane's."""
    asks_everything = Job(
        platform=platform, tenant_id=tenant, connection=connection, calls=dict.fromkeys(Budget, 1)
    )
    draws = [one for one in pacing.draws_of(asks_everything, scopes) if not one.is_share]
    wanted = {one.key: one for one in draws if one.key.budget != Budget.SLOTS}
    levels = _levels(sql.READ_BUCKETS, _known(wanted, at)) if wanted else {}
    return [(wanted[key], levels[key]) for key in wanted if key in levels]


def slow_down(platforms: Mapping[str, float], *, until: datetime) -> None:
    """Let the tenants' buckets of platforms fill more slowly for a while: to this part of their limit."""
    rows = [{"platform": platform, "part": part} for platform, part in platforms.items()]
    ask(sql.SLOW_DOWN, {"rows": rowset(rows), "until": until})


def look(wanted: Mapping[Key, Draw], at: datetime) -> dict[Key, Level]:
    """Return the buckets as a claim would find them now, without taking anything; one that nobody used yet is full."""
    return _levels(sql.READ_BUCKETS, _known(wanted, at)) if wanted else {}


def _lock(wanted: Mapping[Key, Draw], at: datetime) -> dict[Key, Level]:
    known = _known(wanted, at)
    _ensure(wanted, known)
    levels = _levels(sql.LOCK_BUCKETS, known)
    if len(levels) < len(wanted):  # somebody deleted rows that this process has seen
        _seen.clear()
        _ensure(wanted, known)
        levels = _levels(sql.LOCK_BUCKETS, known)
    scopes = [key.scope for key in levels if key.budget == Budget.SLOTS]
    if scopes:
        # Counted anew, never kept: a worker that dies takes no slot with it.
        for scope, taken in ask(sql.SLOTS_TAKEN, {"scopes": scopes}):
            levels[Key(scope, Budget.SLOTS)].left -= taken
    return levels


def _ensure(wanted: Mapping[Key, Draw], known: Mapping[str, Any]) -> None:
    """Create what is missing, before anything is locked: who waits for a new row must not hold an old one."""
    if _seen.issuperset(wanted):
        return
    ask(sql.ENSURE_BUCKETS, {"at": known["at"], "rows": known["rows"]})
    if len(_seen) > MOST_SEEN:
        _seen.clear()
    _seen.update(wanted)


def _levels(statement: str, known: Mapping[str, Any]) -> dict[Key, Level]:
    return {
        Key(scope, budget): Level(burst - used, per_minute, burst, short=short)
        for scope, budget, burst, per_minute, used, short in ask(statement, known)
    }


def _known(wanted: Mapping[Key, Draw], at: datetime) -> dict[str, Any]:
    rows = rowset([_row(draw) for draw in wanted.values()])
    scopes = list({key.scope for key in wanted})
    return {
        "at": at,
        "rows": rows,
        "scopes": scopes,
        "speed": float(settings.SPEED),
        "part": pacing.LARGEST_SHARE,
    }


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
            "short_until": at + pacing.SHORT_FOR if key in short else None,
        }
        for key, level in levels.items()
        if (level.taken or key in short) and key.budget != Budget.SLOTS
    ]
    if rows:
        ask(sql.TAKE_CALLS, {"rows": rowset(rows), "scopes": [row["scope"] for row in rows], "at": at})


def _used(key: Key, level: Level) -> float:
    """What one tenant drew of what nobody else wanted is not held against him for longer than a burst takes."""
    used = level.burst - level.left + level.taken
    return min(used, level.burst) if key.scope.startswith(f"{SHARE}:") else used
