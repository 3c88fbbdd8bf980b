"""The pure decision: what becomes of a job after an attempt. The engine only carries it out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from apps.errors.classification import Classification
from apps.errors.codes import ErrorAction, ErrorCode
from apps.errors.outcome import Look, Outcome, Verdict
from apps.errors.retry import PRESETS, RetryPolicy, hint_of, next_retry_delay, should_retry

# When to look for a post whose fate is unknown, counted from the last send; the last look is at the window's end.
LOOKS = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
MAX_BLIND_LOOKS = 30
LONGEST_THROTTLE = timedelta(minutes=15)
FIRST_THROTTLE = timedelta(seconds=1)
RENEWAL = timedelta(seconds=5)  # until a probe may have fresh tokens
OPS_WAIT = timedelta(minutes=5)
REASON_UNCONFIRMED = "unconfirmed"


class Verb(StrEnum):
    """What is done with the job."""

    SUCCEED = "succeed"
    NEXT_STEP = "next_step"
    WAIT_UNTIL = "wait_until"  # the partner processes, or throttles us: burns nothing
    RETRY_AT = "retry_at"
    VERIFY_AT = "verify_at"
    HOLD = "hold"  # this job alone waits for a person
    DEAD_LETTER = "dead_letter"
    REFRESH_THEN_RETRY = "refresh_then_retry"
    GIVE_BACK = (
        "give_back"  # back to its place in the queue, unburnt; the action's owner says what holds the lane
    )
    FAIL = "fail"  # a look or a renewal that ends here; who must act is told
    FAIL_CONTENT = "fail_content"


ENDS = frozenset({Verb.SUCCEED, Verb.FAIL, Verb.FAIL_CONTENT, Verb.DEAD_LETTER})


@dataclass(frozen=True, slots=True)
class Case:
    """What the decision needs to know of the job; times come from the database's clock."""

    attempts: int  # burnt before this one
    throttles: int  # throttled answers in a row
    looks: int  # looks since the last send
    writes: bool  # sending twice would do harm
    at_commit: bool  # the tried step is the commit point
    verifying: bool
    verifiable: bool  # the partner can show what was published
    unknown_since: datetime | None  # first send without proof
    sent_at: datetime | None  # last send without proof
    window: timedelta = timedelta(0)  # call limit + 2 x listing lag: until then absence proves nothing
    waiting_since: datetime | None = None  # the commit point passed and the partner processes
    longest_processing: timedelta | None = None
    credential_current: bool = True
    refreshable: bool = False
    control: bool = (
        False  # runs through the hold that its own failure would open: giving it back would never end
    )
    waits_for_ops: bool = False  # such a job that is tried again until operations have acted


@dataclass(frozen=True, slots=True)
class Decision:
    """One verb, when, and why."""

    verb: Verb
    at: datetime | None = None
    reason: str = ""
    burns: bool = False
    action: ErrorAction | None = None  # whose owner acts in the settling transaction
    classification: Classification | None = None


def decide(
    outcome: Outcome, case: Case, policy: RetryPolicy, now: datetime, *, rng: Random, speed: float = 1
) -> Decision:
    """
    Return what becomes of the job.

    `speed` divides the waits (demo and fault runs), never a hint that the partner gave.
    """
    if outcome.hold_for:
        return Decision(Verb.HOLD, reason=outcome.hold_for)
    if outcome.verdict is Verdict.NOT_SENT:
        return Decision(Verb.GIVE_BACK)
    if case.verifying:
        return _after_look(outcome, case, policy, now, speed)
    if outcome.verdict is Verdict.SUCCESS:
        return _after_success(outcome, case, now, speed)
    if outcome.verdict is Verdict.UNKNOWN and case.writes and case.at_commit:
        return _after_unknown(outcome, case, now, speed)
    return _after_failure(outcome, case, policy, now, rng, speed)


def _after_success(outcome: Outcome, case: Case, now: datetime, speed: float) -> Decision:
    if outcome.poll_after is None:
        return Decision(Verb.NEXT_STEP) if outcome.next else Decision(Verb.SUCCEED)
    if case.waiting_since and case.longest_processing and now - case.waiting_since > case.longest_processing:
        return Decision(Verb.HOLD, reason=REASON_UNCONFIRMED)
    return Decision(Verb.WAIT_UNTIL, at=now + timedelta(seconds=outcome.poll_after) / speed)


def _after_unknown(outcome: Outcome, case: Case, now: datetime, speed: float) -> Decision:
    found = outcome.classification
    action = _owner(found, case) if found else None
    if not case.verifiable:
        return Decision(Verb.HOLD, reason=REASON_UNCONFIRMED, burns=True, classification=found, action=action)
    return Decision(
        Verb.VERIFY_AT, at=now + LOOKS[0] / speed, burns=True, classification=found, action=action
    )


def _after_look(outcome: Outcome, case: Case, policy: RetryPolicy, now: datetime, speed: float) -> Decision:
    if outcome.look is Look.FOUND:
        return Decision(Verb.NEXT_STEP) if outcome.next else Decision(Verb.SUCCEED)
    if outcome.look is Look.BLIND:
        return Decision(Verb.HOLD, reason=REASON_UNCONFIRMED)
    if outcome.look in {Look.ABSENT, Look.PENDING}:
        return _not_seen(outcome.look, case, policy, now, speed)
    return _look_failed(outcome, case, now, speed)


def _not_seen(look: Look, case: Case, policy: RetryPolicy, now: datetime, speed: float) -> Decision:
    sent = case.sent_at or now
    if look is Look.PENDING:
        if case.longest_processing and now - sent > case.longest_processing:
            return Decision(Verb.HOLD, reason=REASON_UNCONFIRMED)
        return Decision(Verb.VERIFY_AT, at=now + LOOKS[min(case.looks, len(LOOKS) - 1)] / speed)
    end = sent + case.window / speed
    if now >= end and case.attempts >= policy.max_attempts:
        return Decision(Verb.DEAD_LETTER, reason="MAX_RETRIES")
    if now >= end:
        return Decision(Verb.RETRY_AT, at=now, reason="not_found")
    later = [sent + offset / speed for offset in LOOKS if now < sent + offset / speed < end]
    return Decision(Verb.VERIFY_AT, at=later[0] if later else end)


def _look_failed(outcome: Outcome, case: Case, now: datetime, speed: float) -> Decision:
    """A look that could not be taken decides nothing: the job stays where it is, and the cause has its own owner."""
    found = outcome.classification
    if found is None or case.looks >= MAX_BLIND_LOOKS:
        return Decision(Verb.HOLD, reason=REASON_UNCONFIRMED, classification=found)
    wait = max(LOOKS[min(case.looks, len(LOOKS) - 1)] / speed, hint_of(found))
    action = _owner(found, case)
    if found.code is ErrorCode.AUTH_EXPIRED and case.credential_current and case.refreshable:
        return Decision(Verb.VERIFY_AT, at=now, action=ErrorAction.REFRESH_TOKEN, classification=found)
    return Decision(Verb.VERIFY_AT, at=now + wait, action=action, classification=found)


def _after_failure(
    outcome: Outcome, case: Case, policy: RetryPolicy, now: datetime, rng: Random, speed: float
) -> Decision:
    found = outcome.classification
    if found and case.control and (action := _owner(found, case)):
        return _control(found, action, case, policy, now, speed)
    if found is None:  # a worker died before the commit point: the step is repeated
        return Decision(Verb.RETRY_AT, at=now, burns=True)
    by_action: dict[ErrorAction, Callable[[], Decision]] = {
        ErrorAction.REFRESH_TOKEN: lambda: _auth(found, case, now),
        ErrorAction.PAUSE_RECONNECT: lambda: _auth(found, case, now),
        ErrorAction.ESCALATE_OPS: lambda: Decision(
            Verb.GIVE_BACK, action=ErrorAction.ESCALATE_OPS, classification=found
        ),
        ErrorAction.RETRY_AFTER: lambda: _throttled(found, case, now, speed),
        ErrorAction.FIX_CONTENT: lambda: Decision(Verb.FAIL_CONTENT, burns=True, classification=found),
        ErrorAction.DEAD_LETTER: lambda: Decision(
            Verb.DEAD_LETTER, reason="UNRETRYABLE", burns=True, classification=found
        ),
        ErrorAction.VERIFY_FIRST: lambda: _verify_first(found, case, policy, now, rng, speed),
        ErrorAction.RETRY_WITH_BACKOFF: lambda: _backoff(found, case, policy, now, rng, speed),
    }
    return by_action[found.action]()


def _control(
    found: Classification, action: ErrorAction, case: Case, policy: RetryPolicy, now: datetime, speed: float
) -> Decision:
    """A probe or a renewal ends here, unless what it needs is under way: fresh tokens, or operations."""
    renewable = found.action is ErrorAction.REFRESH_TOKEN and case.refreshable
    wait = RENEWAL if renewable else OPS_WAIT
    again = renewable or (action is ErrorAction.ESCALATE_OPS and case.waits_for_ops)
    owner = ErrorAction.REFRESH_TOKEN if renewable else action
    if again and case.attempts + 1 < policy.max_attempts:
        return Decision(Verb.RETRY_AT, at=now + wait / speed, burns=True, action=owner, classification=found)
    return Decision(Verb.FAIL, burns=True, action=owner, classification=found)


def _owner(found: Classification, case: Case) -> ErrorAction | None:
    """Return whose owner must act, if anybody: an answer to an outdated credential concerns nobody."""
    if found.action in {ErrorAction.PAUSE_RECONNECT, ErrorAction.REFRESH_TOKEN}:
        return ErrorAction.PAUSE_RECONNECT if case.credential_current else None
    return ErrorAction.ESCALATE_OPS if found.action is ErrorAction.ESCALATE_OPS else None


def _auth(found: Classification, case: Case, now: datetime) -> Decision:
    if not case.credential_current:
        return Decision(Verb.RETRY_AT, at=now, reason="credentials_changed", classification=found)
    if found.action is ErrorAction.REFRESH_TOKEN and case.refreshable:
        return Decision(Verb.REFRESH_THEN_RETRY, action=ErrorAction.REFRESH_TOKEN, classification=found)
    return Decision(Verb.GIVE_BACK, action=ErrorAction.PAUSE_RECONNECT, classification=found)


def _throttled(found: Classification, case: Case, now: datetime, speed: float) -> Decision:
    first = timedelta(seconds=found.first_wait) if found.first_wait else FIRST_THROTTLE
    doubled = first * 2 ** min(case.throttles, 10)
    own = min(doubled, max(LONGEST_THROTTLE, first)) / speed
    return Decision(
        Verb.WAIT_UNTIL, at=now + max(own, hint_of(found)), reason="throttled", classification=found
    )


def _verify_first(
    found: Classification, case: Case, policy: RetryPolicy, now: datetime, rng: Random, speed: float
) -> Decision:
    if found.code is ErrorCode.DUPLICATE_CONTENT and case.unknown_since is None:
        return Decision(Verb.FAIL_CONTENT, burns=True, classification=found)
    doubtful = not found.proof or found.code in {ErrorCode.DUPLICATE_CONTENT, ErrorCode.RESOURCE_CONFLICT}
    if not (case.writes and case.at_commit and doubtful):
        return _backoff(found, case, policy, now, rng, speed)
    if not case.verifiable:
        return Decision(Verb.HOLD, reason=REASON_UNCONFIRMED, burns=True, classification=found)
    return Decision(Verb.VERIFY_AT, at=now + LOOKS[0] / speed, burns=True, classification=found)


def _backoff(
    found: Classification, case: Case, policy: RetryPolicy, now: datetime, rng: Random, speed: float
) -> Decision:
    attempt = case.attempts + 1
    # A preparation that takes its time is asked about until the partner's own limit, not eight times.
    chosen = PRESETS["poll"] if found.entry.policy == "poll" else policy
    if not should_retry(found, attempt, chosen):
        reason = "MAX_RETRIES" if found.retryable else "UNRETRYABLE"
        return Decision(Verb.DEAD_LETTER, reason=reason, burns=True, classification=found)
    wait = max(timedelta(seconds=next_retry_delay(found, attempt, rng, policy)) / speed, hint_of(found))
    return Decision(Verb.RETRY_AT, at=now + wait, burns=True, classification=found)
