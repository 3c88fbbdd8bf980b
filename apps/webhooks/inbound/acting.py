"""Acts on one event, by the same actions as everybody else: stop, ask the partner, tell the job, erase."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from apps.connections.connectors.interface import CLOCK_MARGIN
from apps.connections.models import Connection
from apps.errors.classification import Classification, Confidence, Scope
from apps.errors.codes import ErrorCode
from apps.events import log
from apps.events.models import Event
from apps.jobs.actions.inform import inform
from apps.jobs.choices import FINAL, JobState
from apps.jobs.models import Job
from apps.recovery.actions.auto_pause import stop_many
from apps.recovery.actions.check_now import check_now
from apps.webhooks.inbound import erasures, whom
from apps.webhooks.inbound.choices import Act, Ending
from apps.webhooks.inbound.interface import Told
from apps.webhooks.models import Intake

ACTOR = "system:webhooks"
LATELY = timedelta(hours=1)
_FRESH = ("connection.connected", "connection.reconnected")
_STATES = frozenset(JobState) - FINAL


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an event, and of which connections."""

    ending: Ending
    connections: Sequence[Connection] = ()
    note: str = ""


def act(told: Told, row: Intake, meant: Sequence[Connection], *, at: datetime) -> Result:
    """Do what an event asks for. What nobody signed stops nothing: the partner is asked instead."""
    wanted = told.act
    if wanted in _STOPS and (not row.signer or told.at is None):
        wanted = Act.CHECK
    result = _DO[wanted](told, row, meant, at)
    if result.ending == Ending.DONE:
        _record(told, row, result.connections, at)
    return result


def _stop(told: Told, _row: Intake, meant: Sequence[Connection], at: datetime) -> Result:
    """Stop what it concerns, unless fresh access has come since: then it speaks of the access before."""
    if not meant or told.at is None:
        return Result(Ending.NOBODY)
    renewed = _last_access(meant)
    due = [one for one in meant if renewed[one.pk] <= told.at]
    if not due:
        return _outdated(told.at, meant, max(renewed.values()), at)
    found = Classification(
        code=told.code or ErrorCode.AUTH_REVOKED,
        platform=due[0].platform,
        rule_id=f"webhook.{told.kind}"[:80],
        confidence=Confidence.EXACT,
        scope=Scope.GRANT if told.person else Scope.CONNECTION,
        partner_message=told.note or f"The partner told us: {told.kind}.",
    )
    stop_many([(one, found) for one in due], at=at, told=True)
    return Result(Ending.DONE, due, told.note)


def _outdated(told_at: datetime, meant: Sequence[Connection], renewed: datetime, at: datetime) -> Result:
    """Partners write whole seconds, by their own clock: what is old by a moment only is asked about."""
    if renewed - told_at <= CLOCK_MARGIN:
        _ask(meant, at)
    return Result(Ending.OLD, meant)


def _last_access(connections: Sequence[Connection]) -> dict[UUID, datetime]:
    """Return when each authorisation was last given; what serves several accounts was given for all of them."""
    grants = {one.pk: one.grant_id for one in connections}
    family = whom.siblings(connections)
    subjects = [f"connection:{pk}" for pk in family]
    rows = Event.objects.filter(subject__in=subjects, verb__in=_FRESH).values_list("subject", "at")
    owner = dict(Connection.objects.across_tenants().filter(pk__in=family).values_list("pk", "grant_id"))
    latest: dict[UUID, datetime] = {}
    for subject, moment in rows:
        grant = owner[UUID(subject.partition(":")[2])]
        latest[grant] = max(moment, latest.get(grant, moment))
    return {one.pk: latest.get(grants[one.pk], one.created_at) for one in connections}


def _check(told: Told, _row: Intake, meant: Sequence[Connection], at: datetime) -> Result:
    if not meant:
        return Result(Ending.NOBODY)
    due = [
        one
        for one in meant
        if not (told.chatter and one.last_health_check and one.last_health_check > at - LATELY)
    ]
    _ask(due, at)
    return Result(Ending.DONE, due, told.note) if due else Result(Ending.NOTED, meant, "Checked lately.")


def _ask(connections: Sequence[Connection], at: datetime) -> None:
    for one in connections:
        check_now(one, actor=ACTOR, at=at)


def _tell(told: Told, row: Intake, meant: Sequence[Connection], at: datetime) -> Result:
    """Tell the job that waits for this post; where nobody signed it, that it is worth asking."""
    if not meant:
        return Result(Ending.NOBODY)
    evidence = told.evidence if row.signer else {"hint": told.kind}
    informed = [inform(job, evidence, at) for job in _jobs_of(meant[0], told.post)]
    if any(informed):
        return Result(Ending.DONE, meant)
    return Result(Ending.NOTED, meant, "No post of ours waits for it.")


def _jobs_of(connection: Connection, post: str) -> list[Job]:
    """Return the publishes that the partner knows by this id."""
    if not post:
        return []
    known = Q(progress__publish_id=post) | Q(progress__campaign=post) | Q(remote_id=post)
    rows = Job.objects.for_tenant(connection.tenant_id).filter(
        known, lane__key=connection.lane_key, state__in=_STATES, kind="publish"
    )
    return list(rows.exclude(fingerprint="").order_by("pk"))


def _erase(_told: Told, row: Intake, _meant: Sequence[Connection], at: datetime) -> Result:
    count = erasures.carry_out(row, at=at)
    return Result(Ending.DONE, note=f"{count} connections erased.")


def _nothing(told: Told, _row: Intake, meant: Sequence[Connection], _at: datetime) -> Result:
    return Result(Ending.NOTED if told.known else Ending.IGNORED, meant, told.note)


def _record(told: Told, row: Intake, connections: Sequence[Connection], at: datetime) -> None:
    data = {"receiver": row.receiver, "kind": told.kind, "act": told.act}
    log.record_many(
        [
            log.NewEvent(
                "webhook.told",
                one.tenant_id,
                f"connection:{one.pk}",
                f"partner:{row.platform}",
                at,
                data=data,
            )
            for one in connections
            if not told.chatter
        ]
    )


_STOPS = frozenset({Act.REVOKE, Act.ATTENTION})
_DO: Mapping[Act, Callable[[Told, Intake, Sequence[Connection], datetime], Result]] = {
    Act.REVOKE: _stop,
    Act.ATTENTION: _stop,
    Act.CHECK: _check,
    Act.RESULT: _tell,
    Act.ERASE: _erase,
    Act.NOTHING: _nothing,
}
