"""Take an open incident one step further: try, release, stop the release, judge singly, close."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.jobs.models import Hold
from apps.recovery import stages
from apps.recovery.actions.close_incident import close_incident
from apps.recovery.actions.judge_singly import begin_judging, go_on_judging
from apps.recovery.actions.release_incident import (
    begin_release,
    let_go_of_stopped,
    release_rest,
    stop_release,
)
from apps.recovery.actions.try_out import begin_round, end_trials
from apps.recovery.choices import Family, IncidentEnd, IncidentState, Stage
from apps.recovery.incidents import ROUND, Round, are_single_deaths, is_back
from apps.recovery.models import Hit, Incident, Trial
from apps.recovery.queries import extent, open_hits


@transaction.atomic
def advance_incident(pk: UUID, *, at: datetime) -> None:
    """Do what is due for this incident; nothing when another process is at it."""
    # Not FOR UPDATE: a settle that holds a further connection refers to this row and must not wait for us.
    rows = Incident.objects.select_for_update(skip_locked=True, no_key=True)
    incident = rows.filter(pk=pk, closed_at=None).first()
    if incident is None:
        return
    if incident.drill and stages.is_gone(incident.drill, at=at):
        # Its drill has ended in the moment in which it was opened, or nobody has ended it in time.
        close_incident(incident, end=IncidentEnd.DRILL, actor=incident.actor, at=at)
        return
    end_trials(incident, at=at)
    let_go_of_stopped(incident, at=at)
    steps = {
        IncidentState.OPEN: _try,
        IncidentState.RELEASING: _release_on,
        IncidentState.JUDGING: _judge_on,
    }
    steps[IncidentState(incident.state)](incident, at)


def _try(incident: Incident, at: datetime) -> None:
    tried = list(Trial.objects.filter(incident=incident, began_at=incident.stage_at))
    if any(trial.passed is None for trial in tried):
        return
    seen = Round(
        held=[bool(one.passed) for one in tried if one.held],
        others=[bool(one.passed) for one in tried if not one.held],
    )
    if seen.is_over:
        begin_release(incident, at=at)
        return
    if tried and _judge(incident, seen, at):
        begin_judging(incident, at=at)
    elif at - incident.stage_at >= ROUND / settings.SPEED:
        _next_round(incident, at)


def _judge(incident: Incident, seen: Round, at: datetime) -> bool:
    """Note what the round showed, and say whether it was many single deaths."""
    if incident.family != Family.AUTHORISATION:
        return False
    # Counted from the round that showed it first, so that looking twice at one round changes nothing.
    incident.failing_since = (
        (incident.failing_since or incident.stage_at) if seen.only_the_held_fail else None
    )
    if seen.others:
        incident.others_failed = not all(seen.others)
    incident.save(update_fields=["failing_since", "others_failed"])
    return are_single_deaths(
        seen,
        failing_since=incident.failing_since,
        others_failed=incident.others_failed,
        tenants=open_hits(incident).order_by().values("tenant").distinct().count(),
        at=at,
        speed=settings.SPEED,
    )


def _next_round(incident: Incident, at: datetime) -> None:
    incident.stage_at = at
    incident.jobs = max(incident.jobs, extent(incident).jobs)
    incident.save(update_fields=["stage_at", "jobs"])
    begun = begin_round(incident, at=at)
    if not begun and incident.family != Family.APP and not open_hits(incident).exists():
        # Whatever it held has been reconnected, disconnected or answered meanwhile.
        close_incident(incident, end=IncidentEnd.OVER, actor=incident.actor, at=at)


def _release_on(incident: Incident, at: datetime) -> None:
    again = _failed_again(incident)
    released = Hit.objects.across_tenants().filter(incident=incident).count()
    if again and (incident.stage == Stage.TENTH or is_back(again, released)):
        stop_release(incident, at=at)
    elif at - incident.stage_at < ROUND / settings.SPEED:
        return
    elif incident.stage == Stage.TENTH:
        release_rest(incident, actor=incident.actor, at=at)
    elif again and incident.family == Family.AUTHORISATION:
        # The partner works again: the few that fail now are dead by themselves.
        begin_judging(incident, at=at)
    else:
        close_incident(incident, end=IncidentEnd.OVER, actor=incident.actor, at=at)


def _failed_again(incident: Incident) -> int:
    """Return how much of what was released has met the cause since; a stopped app counts for all."""
    if incident.family == Family.APP:
        held = Hold.objects.filter(reason=incident.reason, since__gt=incident.stage_at, closed_at=None)
        return 10**6 if held.exists() else 0
    return open_hits(incident).filter(held_at__gt=incident.stage_at).count()


def _judge_on(incident: Incident, at: datetime) -> None:
    go_on_judging(incident, at=at)
