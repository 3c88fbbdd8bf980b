"""Reads what decides about jobs: the same number of questions for one and for a thousand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.jobs import buckets, pacing
from apps.jobs.choices import CLAIMABLE, JobState
from apps.jobs.kinds import PASSED_BY_LOOKS, HoldReason, doubted_since
from apps.jobs.limits import Budget
from apps.jobs.models import DeadLetter, Hold, Job, Lane
from apps.jobs.pacing import Draw, Key
from apps.recovery.predict import Level, Situation, Stop, Twin

UNSETTLED = (JobState.HELD, JobState.RUNNING, JobState.VERIFYING, JobState.WAITING)
Same = tuple[UUID | None, str]


@dataclass(frozen=True, slots=True)
class _Reads:
    """The rows around some jobs."""

    lanes: Mapping[UUID, Lane]
    holds: Mapping[str, Sequence[Hold]]
    out: Mapping[Same, datetime]  # when the latest such post went out
    underway: Mapping[Same, set[UUID]]
    statuses: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Situations:
    """What was read: one situation a job, and the buckets that they share."""

    of: Mapping[UUID, Situation] = field(default_factory=dict)  # by the job's id
    levels: Mapping[Key, Level] = field(default_factory=dict)


def of_letters(letters: Sequence[DeadLetter], at: datetime) -> Situations:
    """Read what decides about replays of dead letters."""
    jobs = Job.objects.across_tenants().filter(pk__in=[letter.job_id for letter in letters])
    return of_jobs(list(jobs), at, {letter.job_id: letter for letter in letters})


def of_jobs(
    jobs: Sequence[Job], at: datetime, letters: Mapping[UUID, DeadLetter] | None = None
) -> Situations:
    """Read what decides about jobs that are let go, or about replays of those that have a dead letter."""
    reads = _read(jobs, at)
    letters = letters or {}
    found = {job.pk: _situation(job, letters.get(job.pk), reads) for job in jobs}
    return Situations(found, _levels(jobs, reads.lanes, at))


def _read(jobs: Sequence[Job], at: datetime) -> _Reads:
    lanes = {
        lane.pk: lane for lane in Lane.objects.across_tenants().filter(pk__in={job.lane_id for job in jobs})
    }
    out, underway = _twins(jobs)
    connections = Connection.objects.across_tenants().filter(
        pk__in={job.connection for job in jobs if job.connection}
    )
    return _Reads(
        lanes, _holds(lanes.values(), at), out, underway, dict(connections.values_list("pk", "status"))
    )


def _holds(lanes: Iterable[Lane], at: datetime) -> dict[str, list[Hold]]:
    scopes = {scope for lane in lanes for scope in lane.scopes}
    found: dict[str, list[Hold]] = defaultdict(list)
    for hold in Hold.objects.filter(scope__in=scopes, closed_at=None).order_by("since"):
        if hold.until is None or hold.until > at:
            found[hold.scope].append(hold)
    return found


def _twins(jobs: Sequence[Job]) -> tuple[dict[Same, datetime], dict[Same, set[UUID]]]:
    printed = [job for job in jobs if job.fingerprint]
    rows = Job.objects.across_tenants().filter(
        connection__in={job.connection for job in printed},
        fingerprint__in={job.fingerprint for job in printed},
        state__in=[JobState.SUCCEEDED, *UNSETTLED],
    )
    out: dict[Same, datetime] = {}
    underway: dict[Same, set[UUID]] = defaultdict(set)
    for pk, connection, fingerprint, finished_at in rows.values_list(
        "pk", "connection", "fingerprint", "finished_at"
    ):
        same = (connection, fingerprint)
        if finished_at is None:
            underway[same].add(pk)
        else:
            out[same] = max(out.get(same, finished_at), finished_at)
    return out, underway


def _situation(job: Job, letter: DeadLetter | None, reads: _Reads) -> Situation:
    same = (job.connection, job.fingerprint)
    status = reads.statuses.get(job.connection) if job.connection else ConnectionStatus.ACTIVE
    single = bool(job.fingerprint) and not job.allow_duplicate and doubted_since(job) is None
    return Situation(
        subject=letter.pk if letter else job.pk,
        calls={draw.key: draw.calls for draw in _draws(job, reads.lanes[job.lane_id])},
        due_at=job.due_at,
        ask_after=job.ask_after,
        skip_after=job.skip_after,
        unproven=doubted_since(job) is not None,
        stops=_stops(job, reads),
        connection_works=status == ConnectionStatus.ACTIVE,
        twin=_twin(job, single, reads),
        same_post=same if single else None,
        failed_with=letter.error_code if letter else "",
        gave_up=letter.reason if letter else "",
    )


def _stops(job: Job, reads: _Reads) -> list[Stop]:
    passes = {*job.passes, *(PASSED_BY_LOOKS if doubted_since(job) else ())}
    return [
        Stop(hold.sentence, hold.until, by_connection=hold.reason == HoldReason.CONNECTION)
        for scope in reads.lanes[job.lane_id].scopes
        for hold in reads.holds.get(scope, ())
        if hold.reason.split(":")[0] not in passes
    ]


def _twin(job: Job, single: bool, reads: _Reads) -> Twin:  # noqa: FBT001 - asked once, for two answers
    same = (job.connection, job.fingerprint)
    went_out = reads.out.get(same)
    if single and went_out and went_out > job.created_at:
        return Twin.OUT
    others = reads.underway.get(same, set()) - {job.pk}
    return Twin.UNDERWAY if job.fingerprint and others else Twin.NONE


def _draws(job: Job, lane: Lane) -> list[Draw]:
    """Return what the next attempt draws; slots are free again in a moment, and shares count only among many."""
    draws = pacing.draws_of(job, lane.scopes)
    return [draw for draw in draws if draw.key.budget != Budget.SLOTS and not draw.is_share]


def _levels(jobs: Sequence[Job], lanes: Mapping[UUID, Lane], at: datetime) -> dict[Key, Level]:
    """Return the buckets as a claim would find them now, with what is due already and goes first."""
    draws = {draw.key: draw for job in jobs for draw in _draws(job, lanes[job.lane_id])}
    levels = {key: Level(found.left, found.per_minute) for key, found in buckets.look(draws, at).items()}
    grants = {lane.key: grant for lane in lanes.values() if (grant := pacing.grant_of(lane.scopes))}
    for (tenant, platform, connection), due in _ahead(jobs, at).items():
        mine = f"connection:{connection}"
        for scope in (f"app:{platform}", f"tenant:{tenant}:{platform}", mine, grants.get(mine, "")):
            for key, level in levels.items():
                level.ahead += due if key.scope == scope else 0
    return levels


def _ungated(at: datetime) -> Q:
    """What a claim would take: not late, or let through all the same."""
    unmissed = Q(lane__missed_before=None) | Q(due_at__gte=F("lane__missed_before"))
    on_time = Q(ask_after=None) | (Q(ask_after__gt=at) & unmissed)
    return on_time | Q(admitted_at__isnull=False) | ~Q(state=JobState.QUEUED)


def _ahead(jobs: Iterable[Job], at: datetime) -> dict[tuple[UUID, str, UUID | None], int]:
    """Return how many jobs are due already, by tenant, platform and account: they go first."""
    rows = (
        Job.objects.across_tenants()
        .filter(
            tenant__in={job.tenant_id for job in jobs},
            state__in=sorted(CLAIMABLE),
            run_at__lte=at,
            lane__held=False,
        )
        .filter(_ungated(at))
        .values_list("tenant", "platform", "connection")
        .annotate(due=Count("id"))
    )
    return {(tenant, platform, connection): due for tenant, platform, connection, due in rows}
