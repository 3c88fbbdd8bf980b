"""Pure: the columns of a job after a decision. The database only carries them out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.errors.decide import Decision, Verb
from apps.errors.outcome import Outcome, Verdict
from apps.jobs.choices import FINAL, HeldFor, JobState
from apps.jobs.kinds import PASSED_BY_LOOKS, HoldReason, Kind
from apps.jobs.models import Job

_END = {
    Verb.SUCCEED: JobState.SUCCEEDED,
    Verb.FAIL: JobState.FAILED,
    Verb.FAIL_CONTENT: JobState.FAILED,
    Verb.DEAD_LETTER: JobState.DEAD,
    Verb.HOLD: JobState.HELD,
    Verb.VERIFY_AT: JobState.VERIFYING,
    Verb.NEXT_STEP: JobState.WAITING,
}
_BACK = frozenset({Verb.GIVE_BACK, Verb.REFRESH_THEN_RETRY})
# What is begun is brought to its end before the next begins: a long queue would else be begun as a whole first.
_KEEPS_ITS_PLACE = _BACK | {Verb.NEXT_STEP}


def state_after(job: Job, outcome: Outcome, decision: Decision) -> JobState:
    """Return the state that a decision leads to; `job` is the row as it was claimed."""
    if decision.verb in _END:
        return _END[decision.verb]
    committed = job.committed_at is not None or outcome.committed
    if decision.verb in _BACK and job.state == JobState.VERIFYING:
        return JobState.VERIFYING
    polled = outcome.verdict is Verdict.SUCCESS and outcome.poll_after is not None
    return JobState.WAITING if committed or polled else JobState.QUEUED


def passes_in(state: JobState, kind: Kind, job: Job, *, committed: bool) -> list[str]:
    """Return the families of holds that a job runs through: looking and polling harm nobody; a drill's stays one."""
    looking = state == JobState.VERIFYING or (state == JobState.WAITING and committed)
    drilled = {HoldReason.DRILL} & set(job.passes)
    return sorted({*kind.passes, *(PASSED_BY_LOOKS if looking else ()), *drilled})


def columns(
    job: Job, outcome: Outcome, decision: Decision, kind: Kind, *, at: datetime, crashed: bool
) -> dict[str, Any]:
    """Return every column that settle writes, for one job."""
    state = state_after(job, outcome, decision)
    committed_at = job.committed_at or (at if outcome.committed or state == JobState.SUCCEEDED else None)
    return {
        "id": str(job.id),
        "state": state,
        # What keeps its place in the lane is passed by nothing: the lane's head may stand there.
        "run_at": max(job.run_at, decision.at or (job.run_at if decision.verb in _KEEPS_ITS_PLACE else at)),
        "committed_at": committed_at,
        "passes": passes_in(state, kind, job, committed=committed_at is not None),
        "held_for": _held_for(decision) if state == JobState.HELD else "",
        "finished_at": at if state in FINAL else None,
        "attempts": job.attempts + (1 if decision.burns else 0),
        "throttles": job.throttles + 1 if decision.reason == "throttled" else 0,
        "crashes": _crashes(job, outcome, crashed=crashed),
        "progress": dict(outcome.progress),
        "result": dict(outcome.result),
        "remote_id": outcome.remote_id,
        "permalink": outcome.permalink,
        **_step(job, outcome),
        **_doubt(job, outcome, decision, state, at),
        **_error(job, decision, state),
    }


def _crashes(job: Job, outcome: Outcome, *, crashed: bool) -> int:
    """Crashes in a row: a step that was gone through clears the job's name, a look at the partner does not."""
    if crashed:
        return job.crashes + 1
    looked = job.state == JobState.VERIFYING or outcome.verdict is Verdict.NOT_SENT
    return job.crashes if looked else 0


def _held_for(decision: Decision) -> str:
    return decision.reason if decision.reason in HeldFor.values else HeldFor.OPS


def _step(job: Job, outcome: Outcome) -> dict[str, Any]:
    if outcome.next is None:
        return {"step": job.step, "at_commit": job.at_commit, "calls": job.calls}
    return {"step": outcome.next.name, "at_commit": outcome.next.at_commit, "calls": dict(outcome.next.calls)}


def _doubt(job: Job, outcome: Outcome, decision: Decision, state: JobState, at: datetime) -> dict[str, Any]:
    """The times of unproven sends: the first is never forgotten, since nothing older can be ours."""
    entering = (
        state in {JobState.VERIFYING, JobState.HELD}
        and job.state != JobState.VERIFYING
        and outcome.look is None
    )
    doubtful = entering and decision.burns
    return {
        "unknown_since": (job.unknown_since or at) if doubtful else job.unknown_since,
        "sent_at": at if doubtful else job.sent_at,
        "looks": 0 if doubtful or state != JobState.VERIFYING else job.looks + 1,
    }


def _error(job: Job, decision: Decision, state: JobState) -> Mapping[str, str]:
    found = decision.classification
    if state == JobState.SUCCEEDED:
        return {"error_code": "", "error_rule": "", "error_message": ""}
    if found is None:
        return {
            "error_code": job.error_code,
            "error_rule": job.error_rule,
            "error_message": job.error_message,
        }
    return {
        "error_code": found.code.value,
        "error_rule": found.rule_id,
        "error_message": found.partner_message or "",
    }
