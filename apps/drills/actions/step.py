"""Take a drill one step further. Each step may be repeated: whoever took it may have died of it."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from apps.connections import routes
from apps.connections.actions.reroute import DrillRunsAlready, Way, hold_others, open_routes
from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.connections.stage import Pass, StageTokens
from apps.core import clock
from apps.drills import desk, outside, posts
from apps.drills.actions.end import end
from apps.drills.choices import DrillName, RunState, Verdict
from apps.drills.models import DrillRun
from apps.drills.scenarios import SCENARIOS
from apps.drills.scenarios.base import Scenario, labels
from apps.events import log
from apps.jobs.choices import FINAL, OPEN, JobState
from apps.jobs.models import Job
from apps.recovery.actions.check_now import check_now

logger = logging.getLogger(__name__)
LONGEST_STEP = timedelta(minutes=2)
EXPIRED = timedelta(hours=1)


def step_all() -> int:
    """Take every open drill one step further; return how many there are. A step that fails stops only itself."""
    keys = list(DrillRun.objects.across_tenants().filter(ended_at=None).values_list("pk", flat=True))
    for key in keys:
        try:
            step(key)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("drill.step_failed", extra={"run": str(key)})
    return len(keys)


def step(key: UUID) -> None:
    """Take one drill one step further, unless somebody is at it."""
    now = clock.real_now()
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    mine = DrillRun.objects.across_tenants().filter(pk=key, ended_at=None)
    if not mine.filter(free).update(busy_until=now + LONGEST_STEP):
        return
    try:
        _step(mine.get())
    finally:
        mine.filter(busy_until=now + LONGEST_STEP).update(busy_until=None)


def _step(run: DrillRun) -> None:
    at = clock.now()
    if run.abort_wanted:
        end(run, verdict=Verdict.ABORTED, why="Somebody wanted it to end.")
    elif run.state == RunState.RUNNING:
        _watch(run, at)
    elif at >= run.until:
        end(run, verdict=Verdict.NOT_RUN, why="Nobody got round to it in time.")
    else:
        _begin(run, at)


def _begin(run: DrillRun, at: datetime) -> None:
    """Lead everybody to the stage, and break it."""
    try:
        if run.state == RunState.ASKED:
            _open(run, at)
        _spoil(run)
    except desk.NotReady as why:
        end(run, verdict=Verdict.NOT_RUN, why=str(why))
    except DrillRunsAlready as other:
        end(run, verdict=Verdict.NOT_RUN, why=other.title)


def _open(run: DrillRun, at: datetime) -> None:
    desk.name_hosts()
    mine = _connections(run)
    passes = {one.pk: desk.adopt(one) for one in mine}
    expired = at - EXPIRED if run.name in {DrillName.EXPIRE_TOKEN, DrillName.REFRESH_RACE} else None
    counts = SCENARIOS[run.name].is_incident
    way = Way(run.key, settings.STAGE_URL, run.until, expires_at=expired, counts=counts)
    with transaction.atomic():
        run.numbers = {"outside": outside.digest(run), "held": 0}
        run.state, run.started_at = RunState.OPENED, at
        run.save(update_fields=["numbers", "state", "started_at"])
        open_routes(mine, passes, way, actor=run.by, at=at)
        log.record(
            "drill.started",
            tenant=run.tenant_id,
            subject=f"drill:{run.pk}",
            actor=run.by,
            at=at,
            data={"run": run.key, "name": run.name},
        )


def _spoil(run: DrillRun) -> None:
    """Break what the drill is about, then let it be noticed: by its own posts, and by a check."""
    scenario = SCENARIOS[run.name]
    for connection, tokens in _on_stage(run):
        scenario.spoil(run, connection, tokens)
    for one in _connections(run):
        for number in range(1, scenario.posts + 1):
            posts.accept(run, one, number, at=clock.now())
        check_now(one, actor=run.by, at=clock.now())
    run.state = RunState.RUNNING
    run.save(update_fields=["state"])


def _on_stage(run: DrillRun) -> list[tuple[Connection, StageTokens]]:
    """Return each connection with the tokens that the drill spoils."""
    mine = routes.unclosed_on(run.connections).filter(run=run.key)
    rows = mine.select_related("connection__grant").order_by("connection")
    return [(one.connection, Pass.opened(one.tokens, one.pk).first) for one in rows]


def _watch(run: DrillRun, at: datetime) -> None:
    """Write down what the house has noticed, mend what is mended by the clock, and see whether all is well."""
    scenario = SCENARIOS[run.name]
    mine = _connections(run)
    waiting = _waiting(run, at)
    run.numbers = {**run.numbers, "held": max(run.numbers.get("held", 0), waiting)}
    run.detected_at = run.detected_at or scenario.seen(run)
    if _is_to_heal(run, scenario, at):
        _heal(run, scenario, at)
    run.recovered_at = _recovered(run, mine)
    run.save(update_fields=["numbers", "detected_at", "healed_at", "recovered_at"])
    failed = posts.jobs_of(run).filter(state__in=[JobState.FAILED, JobState.DEAD]).count()
    if waiting + failed > run.cap:
        end(run, verdict=Verdict.ABORTED, why=f"More than {run.cap} jobs waited or failed.")
    elif len(mine) < len(run.connections):
        end(run, verdict=Verdict.ABORTED, why="One of its accounts was disconnected.")
    elif at >= run.until or (run.recovered_at and _is_over(run, scenario)):
        end(run)
    else:
        hold_others(mine, until=run.until, at=at)


def _is_to_heal(run: DrillRun, scenario: Scenario, at: datetime) -> bool:
    """An incident that was mended before anybody saw it would leave many single pauses."""
    over = at >= (run.started_at or at) + run.duration
    seen = run.detected_at is not None or not scenario.is_incident
    return scenario.by_the_clock and run.healed_at is None and over and seen


def _is_over(run: DrillRun, scenario: Scenario) -> bool:
    if scenario.by_the_clock and run.healed_at is None:
        return False
    try:
        return scenario.is_over(run)
    except desk.NotReady:
        return False  # asked again with the next step


def _heal(run: DrillRun, scenario: Scenario, at: datetime) -> None:
    try:
        for label in labels(run):
            desk.mend(label)
        for _, tokens in _on_stage(run):
            scenario.mend(run, tokens)
        run.healed_at = at
    except desk.StageAway:
        return  # asked again with the next step


def _recovered(run: DrillRun, mine: list[Connection]) -> datetime | None:
    """Return when the last of its posts went out; nothing while one has not, or an account is stopped."""
    if run.detected_at is None or any(one.status != ConnectionStatus.ACTIVE for one in mine):
        return None
    jobs = list(posts.jobs_of(run).values_list("state", "finished_at"))
    if not jobs or any(state not in FINAL for state, _ in jobs):
        return None
    return max(finished for _, finished in jobs if finished)


def _waiting(run: DrillRun, at: datetime) -> int:
    """Return how many posts of these accounts wait that would have gone out by now: the drill's and everybody's."""
    mine = Job.objects.for_tenant(run.tenant_id).filter(connection__in=run.connections, kind="publish")
    return mine.filter(state__in=sorted(OPEN), due_at__lte=at).count()


def _connections(run: DrillRun) -> list[Connection]:
    rows = Connection.objects.for_tenant(run.tenant_id).filter(pk__in=run.connections)
    return list(rows.exclude(status=ConnectionStatus.INACTIVE).select_related("grant").order_by("pk"))
