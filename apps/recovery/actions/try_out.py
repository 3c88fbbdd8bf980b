"""Try whether an incident is over: three real posts as canaries, or checks of held and of working connections."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest
from uuid import UUID

from django.db.models import F

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.jobs.actions.let_through import let_through
from apps.jobs.choices import FINAL
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Attempt, Job, Lane
from apps.recovery import stages
from apps.recovery.actions.check import check
from apps.recovery.choices import Family
from apps.recovery.incidents import CANARIES, CHECKED, PATIENCE, has_passed
from apps.recovery.models import Hit, Incident, Trial
from apps.recovery.queries import open_hits

LOOKED_AT = 50  # lanes among which the canaries are chosen
WHY = "incident"


def begin_round(incident: Incident, *, at: datetime) -> int:
    """Start this minute's trials and return how many there are."""
    if incident.family == Family.AUTHORISATION:
        held, others = check_held(incident, most=CHECKED, at=at), _check_others(incident, at)
        return held + others
    lanes = _candidates(incident)
    chosen = let_through(lanes, passes=(HoldReason.INCIDENT, HoldReason.BREAKER), most=CANARIES, at=at)
    _note(incident, chosen.items(), held=True, at=at)
    if chosen or incident.family == Family.APP:
        return len(chosen)
    # Nothing is due that could try: then a question must do.
    return check_held(incident, most=CANARIES, at=at)


def check_held(incident: Incident, *, most: int, at: datetime) -> int:
    """Check held connections that are not being checked; those that failed least come first."""
    busy = Trial.objects.filter(incident=incident, ended_at=None).values("lane")
    hits = open_hits(incident).filter(connection__isnull=False).exclude(lane__in=busy)[:most]
    held = [hit.connection for hit in hits if hit.connection]
    jobs = check(Connection.objects.across_tenants().filter(pk__in=held), why=WHY, at=at)
    _note(incident, jobs, held=True, at=at)
    return len(jobs)


def end_trials(incident: Incident, *, at: datetime) -> None:
    """Judge what was tried and has ended, or takes too long."""
    waiting = list(Trial.objects.filter(incident=incident, ended_at=None).select_related("job"))
    last = _last_attempts(waiting)
    for trial in waiting:
        attempt = last.get(trial.job_id)
        if attempt and _has_ended(trial.job):
            trial.passed = has_passed(incident.cause, attempt.outcome, attempt.error_code, attempt.rule_id)
        elif at - trial.began_at > PATIENCE:
            trial.passed = False
    ended = [trial for trial in waiting if trial.passed is not None]
    for trial in ended:
        trial.ended_at = at
    Trial.objects.bulk_update(ended, ["passed", "ended_at"])
    failed = [trial.lane_id for trial in ended if trial.held and not trial.passed]
    Hit.objects.across_tenants().filter(incident=incident, lane__in=failed).update(failures=F("failures") + 1)


def _candidates(incident: Incident) -> Sequence[UUID]:
    """Return held lanes to choose canaries from, tenants taking turns."""
    if incident.family == Family.APP:
        rows = Lane.objects.across_tenants().filter(platform=incident.platform, held=True)
        return list(
            rows.order_by(F("served_at").asc(nulls_first=True)).values_list("pk", flat=True)[:LOOKED_AT]
        )
    by_tenant: dict[UUID, list[UUID]] = {}
    for tenant, lane in open_hits(incident).values_list("tenant", "lane")[: LOOKED_AT * 4]:
        by_tenant.setdefault(tenant, []).append(lane)
    turns = zip_longest(*by_tenant.values())
    return [lane for turn in turns for lane in turn if lane is not None][:LOOKED_AT]


def _check_others(incident: Incident, at: datetime) -> int:
    """Check connections that work, as far as we know; the longest unseen first."""
    hit = open_hits(incident).filter(connection__isnull=False).values("connection")
    working = Connection.objects.across_tenants().filter(
        stages.reach(incident), platform=incident.platform, status=ConnectionStatus.ACTIVE
    )
    chosen = working.exclude(pk__in=hit).order_by(F("last_health_check").asc(nulls_first=True), "pk")
    jobs = check(chosen[:CHECKED], why=WHY, at=at)
    _note(incident, jobs, held=False, at=at)
    return len(jobs)


def _note(incident: Incident, jobs: Iterable[tuple[UUID, UUID]], *, held: bool, at: datetime) -> None:
    Trial.objects.bulk_create(
        [Trial(incident=incident, lane_id=lane, job_id=job, held=held, began_at=at) for lane, job in jobs]
    )


def _last_attempts(trials: Sequence[Trial]) -> dict[UUID, Attempt]:
    began = {trial.job_id: trial.began_at for trial in trials}
    rows = Attempt.objects.filter(job__in=began, finished_at__isnull=False).order_by("number")
    return {row.job_id: row for row in rows if row.started_at >= began[row.job_id]}


def _has_ended(job: Job) -> bool:
    """A check tries three times; a canary has one try."""
    return job.kind != "health_check" or job.state in FINAL
