"""What lies outside of a drill's scope, and whether the drill touched it."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from apps.connections.models import Connection
from apps.drills.models import DrillRun
from apps.drills.posts import jobs_of
from apps.jobs.choices import JobState
from apps.jobs.models import Bucket, Hold, Job, LaneBreaker
from apps.recovery.models import Hit

MOST_JOBS = 1000  # of each sort: a digest must cost the same with a million jobs
_ENDED_BADLY = (JobState.FAILED, JobState.DEAD, JobState.CANCELLED)


def digest(run: DrillRun) -> str:
    """
    Return a word that changes with how everybody else stands.

    On an installation where nobody else works it must be the same before and after. On a live one other people's
    partners go on failing by themselves: there `strays` is the judge, and this is only told.
    """
    ours = Q(scope__in=_scopes(run))
    sleeping = Bucket.objects.filter(slowed_to__lt=1)
    parts: list[Iterable[Any]] = [
        Connection.objects.across_tenants()
        .exclude(pk__in=run.connections)
        .order_by("pk")
        .values_list("pk", "status", "pause_reason", "paused_at"),
        Hold.objects.filter(closed_at=None)
        .exclude(ours)
        .order_by("scope", "reason")
        .values_list("scope", "reason"),
        LaneBreaker.objects.exclude(lane__key__in=_lane_keys(run))
        .order_by("lane")
        .values_list("lane", "until"),
        sleeping.order_by("scope", "budget").values_list("scope", "budget"),
        *_troubled_jobs(run),
    ]
    found = hashlib.sha256()
    for rows in parts:
        for row in rows:
            found.update(repr(row).encode())
    return found.hexdigest()


def _troubled_jobs(run: DrillRun) -> list[Iterable[Any]]:
    """
    Return other people's jobs that are held or in doubt, or have ended badly since the drill was asked for.

    That a job waits its turn and goes out is how it should be. Each sort has an index that knows no others.
    """
    others = Job.objects.across_tenants().exclude(connection=None).exclude(connection__in=run.connections)
    held = others.filter(state=JobState.HELD).order_by("held_for", "pk")
    doubted = others.filter(unknown_since__isnull=False, finished_at=None).order_by("connection", "pk")
    ended = others.filter(finished_at__gte=run.asked_at, state__in=_ENDED_BADLY).order_by("finished_at", "pk")
    return [rows.values_list("pk", "state")[:MOST_JOBS] for rows in (held, doubted, ended)]


def strays(run: DrillRun, *, at: datetime) -> list[str]:
    """
    Return what the drill did beyond its scope; nothing, as far as is known.

    What its jobs lead to can only reach others through what they share: a hold on their tenant or on a partner, an
    incident, a job of the drill in somebody else's lane.
    """
    since = run.started_at or run.asked_at
    lanes = set(jobs_of(run).values_list("lane__key", flat=True)) - set(_lane_keys(run))
    tenant = Hold.objects.filter(scope=f"tenant:{run.tenant_id}", since__range=(since, at))
    hits = Hit.objects.across_tenants().filter(held_at__range=(since, at))
    joined = hits.filter(connection__in=run.connections).exclude(incident__drill=run.key)
    own = hits.filter(incident__drill=run.key).exclude(connection__in=run.connections)
    others = Job.objects.across_tenants().filter(args__drill=run.key).exclude(connection__in=run.connections)
    return [
        words
        for words, so in (
            ("a post of the drill was in a lane that is not its own", bool(lanes) or others.exists()),
            ("its tenant was held as a whole", tenant.exists()),
            ("its failures became a part of an incident", joined.exists()),
            ("its incident held what is not its own", own.exists()),
        )
        if so
    ]


def _scopes(run: DrillRun) -> list[str]:
    mine = Connection.objects.for_tenant(run.tenant_id).filter(pk__in=run.connections)
    return [*(f"lane:{key}" for key in _lane_keys(run)), *(f"grant:{one.grant_id}" for one in mine)]


def _lane_keys(run: DrillRun) -> list[str]:
    mine = Connection.objects.for_tenant(run.tenant_id).filter(pk__in=run.connections)
    return [key for one in mine for key in (one.lane_key, f"grant:{one.grant_id}")]
