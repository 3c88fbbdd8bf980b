"""One true sentence about every job: what it waits for, until when, or for whom."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.jobs.choices import CLAIMABLE, FINAL, HeldFor, JobState
from apps.jobs.limits import Budget, Per
from apps.jobs.models import Hold, Job, Lane
from apps.jobs.pacing import SHARE
from apps.jobs.sql.parts import QUARANTINE_AFTER


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a job is where it is. Exactly one of `next_at` and `who` is set while it is not final."""

    sentence: str
    blocked_by: str
    next_at: datetime | None = None
    who: str = ""


_ENDS = {
    JobState.SUCCEEDED: "It is done.",
    JobState.FAILED: "The partner did not accept the content; it is back with its author.",
    JobState.DEAD: "It cannot go on by itself; it waits among the dead letters.",
    JobState.CANCELLED: "It was cancelled.",
}
_DONE = {"publish": "It is published.", "delete": "It is deleted at the partner."}
_QUESTIONS = {
    HeldFor.UNCONFIRMED: "We sent it and cannot tell whether it went out. A person must look and answer.",
    HeldFor.APPROVAL: "It is late. A person must say whether it is still published.",
    HeldFor.OPS: "Operations stopped it and must release it.",
}
SAME_POST = "same_post"  # why a job waits for approval, if not because it is late
_HOLD_ORDER = (
    "tenant",
    "drill",
    "incident",
    "ops",
    "refresh",
    "connection",
    "endpoint",
    "breaker",
    "throttle",
)


def explain(job: Job, *, at: datetime) -> Explanation:
    """Return the first true reason; reads this app's tables only."""
    return explain_many([job], at=at)[job.pk]


def explain_many(jobs: Collection[Job], *, at: datetime) -> dict[UUID, Explanation]:
    """Return the reason of each; the same number of questions for one and for thousands."""
    around = _read(jobs)
    return {job.pk: _explain(job, around, at) for job in jobs}


@dataclass(frozen=True, slots=True)
class _Around:
    """What decides about waiting jobs: their lanes, the open holds by scope, identical posts whose fate is open."""

    lanes: Mapping[UUID, Lane]
    holds: Mapping[str, Sequence[Hold]]
    twins: Mapping[tuple[UUID, str], Sequence[Job]]


def _read(jobs: Collection[Job]) -> _Around:
    waiting = [job for job in jobs if job.state in CLAIMABLE]
    if not waiting:
        return _Around({}, {}, {})
    lanes = Lane.objects.across_tenants().in_bulk({job.lane_id for job in waiting})
    holds: dict[str, list[Hold]] = defaultdict(list)
    for hold in Hold.objects.filter(
        scope__in={one for lane in lanes.values() for one in lane.scopes}, closed_at=None
    ):
        holds[hold.scope].append(hold)
    return _Around(lanes, holds, _twins([job for job in waiting if job.fingerprint]))


def _twins(jobs: Sequence[Job]) -> dict[tuple[UUID, str], list[Job]]:
    """Return identical posts of the lanes whose fate is open: claiming heeds them, so explaining must."""
    found: dict[tuple[UUID, str], list[Job]] = defaultdict(list)
    if jobs:
        rows = Job.objects.across_tenants().filter(
            lane__in={job.lane_id for job in jobs},
            fingerprint__in={job.fingerprint for job in jobs},
            state__in=[JobState.HELD, JobState.RUNNING, JobState.VERIFYING, JobState.WAITING],
        )
        for row in rows.only("id", "lane_id", "fingerprint", "state", "held_for"):
            found[row.lane_id, row.fingerprint].append(row)
    return found


def _explain(job: Job, around: _Around, at: datetime) -> Explanation:
    if job.state in FINAL:
        return _end(job)
    if job.state == JobState.HELD:
        return Explanation(_question(job), f"held:{job.held_for}", who=_who(job))
    if job.state == JobState.RUNNING:
        return Explanation("We are talking to the partner right now.", "running", next_at=at)
    lane = around.lanes[job.lane_id]
    holds = [hold for scope in lane.scopes for hold in around.holds.get(scope, ())]
    if stopped := _stopped([hold for hold in holds if hold.reason.split(":")[0] not in job.passes], at):
        return stopped
    return _gate(job, lane, at) or _wait(job, lane, around, at)


def explain_lane(lane: Lane, holds: Iterable[Hold], *, at: datetime) -> Explanation:
    """Return why a lane moves or does not; `holds` are the open ones that may concern it."""
    if stopped := _stopped([hold for hold in holds if hold.scope in lane.scopes], at):
        return stopped
    if lane.leased_by:
        return Explanation("A worker is talking to the partner right now.", "running", next_at=at)
    if lane.ready_at is None:
        return Explanation("Nothing is waiting here that could start.", "nothing")
    if lane.ready_at > at and lane.waits_for:
        return _empty(lane.waits_for, lane.ready_at)
    if lane.ready_at > at:
        return Explanation("Nothing is due before its time.", "run_at", next_at=lane.ready_at)
    return Explanation("It is next.", "queue", next_at=at)


def _who(held: Job) -> str:
    return "operations" if held.held_for == HeldFor.OPS else "a person of the tenant"


def _question(job: Job) -> str:
    if job.held_for == HeldFor.APPROVAL and job.result.get("reason") == SAME_POST:
        return (
            "The same post went out to this account meanwhile. A person must say whether it goes out again."
        )
    return _QUESTIONS[HeldFor(job.held_for)]


def _end(job: Job) -> Explanation:
    sentence = _ENDS[JobState(job.state)]
    if job.state == JobState.SUCCEEDED:
        sentence = _DONE.get(job.kind, sentence)
    return Explanation(sentence, f"final:{job.state}")


def _stopped(holds: Iterable[Hold], at: datetime) -> Explanation | None:
    """Name the weightiest of the holds that nobody has ended; else the one that ends last, for until then nothing moves."""
    found = [one for one in holds if one.until is None or one.until > at]
    lasting = min((one for one in found if one.until is None), key=_rank, default=None)
    stopping = lasting or max(found, key=lambda one: (one.until, -_rank(one)), default=None)
    if stopping is None:
        return None
    who = "" if stopping.until else stopping.who or "operations"
    return Explanation(stopping.sentence, f"hold:{stopping.reason}", next_at=stopping.until, who=who)


def _rank(hold: Hold) -> int:
    family = "tenant" if hold.scope.startswith("tenant:") else hold.reason.split(":")[0]
    return _HOLD_ORDER.index(family) if family in _HOLD_ORDER else len(_HOLD_ORDER)


def _gate(job: Job, lane: Lane, at: datetime) -> Explanation | None:
    if job.state != JobState.QUEUED or job.ask_after is None or job.admitted_at or job.committed_at:
        return None
    if lane.missed_before and job.due_at < lane.missed_before:
        return Explanation(
            "It waited through a pause. A person must say whether the missed posts are published.",
            "missed",
            who="a person of the tenant",
        )
    if job.ask_after <= at:
        return Explanation(
            "It is late. We are about to ask whether it is still published.",
            "late",
            next_at=max(job.run_at, at),
        )
    return None


def _wait(job: Job, lane: Lane, around: _Around, at: datetime) -> Explanation:
    if job.state == JobState.VERIFYING:
        return Explanation(
            "We do not know whether it went out; we look at the partner before sending again.",
            "verifying",
            next_at=max(job.run_at, at),
        )
    if twin := _unsettled_twin(job, around):
        sentence = "The same post is on its way to this account already; this one waits for its end."
        asked = twin.state == JobState.HELD
        return Explanation(sentence, f"twin:{twin.pk}", None if asked else at, _who(twin) if asked else "")
    if job.crashes >= QUARANTINE_AFTER and job.run_at <= at:
        words = "Two workers died while they were at it; it is tried once more, alone."
        return Explanation(words, "quarantine", next_at=at)
    if job.run_at > at:
        sentence = "The partner is still working on it." if job.state == JobState.WAITING else _later(job)
        return Explanation(sentence, "run_at", next_at=job.run_at)
    if lane.waits_for and lane.ready_at and lane.ready_at > at and lane.leased_by is None:
        return _empty(lane.waits_for, lane.ready_at)
    return Explanation("It is next in its lane.", "queue", next_at=at)


_LIMITS = {
    Per.APP: "Our whole app's limit at the partner is used up for the moment.",
    Per.TENANT: "This tenant's limit at the partner is used up for the moment.",
    Per.GRANT: "The limit of this sign-in at the partner is used up for the moment.",
    Per.CONNECTION: "This account's limit at the partner is used up for the moment.",
}
_PART = "Other customers wait too: this tenant has had its part of what the partner allows our app."


def _empty(bucket: str, until: datetime) -> Explanation:
    """Name whose limit it is that a lane waits for; `bucket` is its scope and budget."""
    per, budget = bucket.partition(":")[0], bucket.rpartition(" ")[2]
    sentence = _PART if per == SHARE else _LIMITS[Per(per)]
    if budget == Budget.SLOTS:
        sentence = "As many calls are under way as the partner allows at the same time."
    return Explanation(sentence, f"bucket:{per}", next_at=until)


def _unsettled_twin(job: Job, around: _Around) -> Job | None:
    if job.state != JobState.QUEUED or not job.fingerprint:
        return None
    twins = around.twins.get((job.lane_id, job.fingerprint), ())
    return next((twin for twin in twins if twin.pk != job.pk), None)


def _later(job: Job) -> str:
    if job.throttles:
        return "The partner asked us to slow down."
    return "The last try failed; it is tried again." if job.attempts else "It is planned for later."
