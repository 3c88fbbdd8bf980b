"""The decision is pure: its promises hold for every case."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.errors.classification import Classification, Confidence, Scope
from apps.errors.codes import ErrorAction, ErrorCode
from apps.errors.decide import Case, Verb, decide
from apps.errors.outcome import Look, Outcome, Verdict
from apps.errors.retry import PRESETS, next_retry_delay

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLICY = PRESETS["default"]
CODES = st.sampled_from(list(ErrorCode))
WAITS = st.none() | st.floats(0, 100_000)


def found(code: ErrorCode, **more: object) -> Classification:
    """Return a classification of this code."""
    return Classification(
        code=code, platform="meta", rule_id="test", confidence=Confidence.EXACT, scope=Scope.CALL, **more
    )  # type: ignore[arg-type]


def case(**more: object) -> Case:
    """Return a job at its commit point, with nothing behind it."""
    facts = {
        "attempts": 0,
        "throttles": 0,
        "looks": 0,
        "writes": True,
        "at_commit": True,
        "verifying": False,
        "verifiable": True,
        "unknown_since": None,
        "sent_at": None,
        "window": timedelta(seconds=90),
        **more,
    }
    return Case(**facts)  # type: ignore[arg-type]


cases = st.builds(
    case,
    attempts=st.integers(0, 10),
    throttles=st.integers(0, 50),
    at_commit=st.booleans(),
    verifiable=st.booleans(),
    credential_current=st.booleans(),
    refreshable=st.booleans(),
)


@given(CODES, cases)
def test_an_unknown_outcome_at_the_commit_point_is_never_sent_again_at_once(
    code: ErrorCode, facts: Case
) -> None:
    outcome = Outcome(verdict=Verdict.UNKNOWN, classification=found(code, proof=False))

    decision = decide(outcome, facts, POLICY, NOW, rng=Random(1))

    if facts.at_commit:
        assert decision.verb in {Verb.VERIFY_AT, Verb.HOLD}


@given(cases, st.integers(0, 10_000))
def test_absence_proves_nothing_before_the_window_ends(facts: Case, seconds: int) -> None:
    verifying = case(verifying=True, unknown_since=NOW, sent_at=NOW)

    decision = decide(
        Outcome(verdict=Verdict.SUCCESS, look=Look.ABSENT),
        verifying,
        POLICY,
        NOW + timedelta(seconds=seconds),
        rng=Random(1),
    )

    assert (decision.verb is Verb.RETRY_AT) == (seconds >= 90)


@given(CODES, cases)
def test_a_dead_credential_is_never_tried_again_with_the_same_version(code: ErrorCode, facts: Case) -> None:
    decision = decide(
        Outcome(verdict=Verdict.FAILURE, classification=found(code)), facts, POLICY, NOW, rng=Random(1)
    )

    if found(code).entry.pauses_connection and facts.credential_current:
        assert decision.action in {ErrorAction.PAUSE_RECONNECT, ErrorAction.REFRESH_TOKEN}
        assert not decision.burns


@given(CODES.filter(lambda code: found(code).action is ErrorAction.RETRY_AFTER), WAITS, cases)
def test_throttling_waits_as_long_as_the_partner_says_and_burns_nothing(
    code: ErrorCode, hint: float | None, facts: Case
) -> None:
    decision = decide(
        Outcome(verdict=Verdict.FAILURE, classification=found(code, retry_after=hint)),
        facts,
        POLICY,
        NOW,
        rng=Random(1),
    )

    assert decision.verb is Verb.WAIT_UNTIL
    assert not decision.burns
    assert decision.at is not None
    assert decision.at >= NOW + timedelta(seconds=min(hint or 0, 86400))


@given(st.integers(1, 30), WAITS, st.integers())
def test_a_retry_waits_at_least_the_hint_and_at_most_a_day(
    attempt: int, hint: float | None, seed: int
) -> None:
    wait = next_retry_delay(found(ErrorCode.PARTNER_5XX, retry_after=hint), attempt, Random(seed))

    assert min(hint or 0, 86400) <= wait <= 86400


# A moment in seconds, one in milliseconds, and what no clock has.
@pytest.mark.parametrize("hint", [1.8e9, 1.8e12, 1e300])
def test_a_moment_where_a_number_of_seconds_is_meant_is_waited_for_a_day(hint: float) -> None:
    looking = case(verifying=True, unknown_since=NOW, sent_at=NOW)
    met = [(ErrorCode.RATE_LIMIT_429, case()), (ErrorCode.PARTNER_5XX, case(at_commit=False))]
    met += [(ErrorCode.PARTNER_UNAVAILABLE, looking)]

    for code, facts in met:
        outcome = Outcome(verdict=Verdict.FAILURE, classification=found(code, retry_after=hint))
        decision = decide(outcome, facts, POLICY, NOW, rng=Random(1))

        assert decision.at == NOW + timedelta(days=1)


def test_a_duplicate_without_an_unknown_send_is_somebody_elses_text() -> None:
    outcome = Outcome(verdict=Verdict.FAILURE, classification=found(ErrorCode.DUPLICATE_CONTENT))

    assert decide(outcome, case(), POLICY, NOW, rng=Random(1)).verb is Verb.FAIL_CONTENT


@pytest.mark.parametrize(
    ("code", "facts", "verb", "action"),
    [
        ("AUTH_EXPIRED", {"refreshable": True}, Verb.RETRY_AT, ErrorAction.REFRESH_TOKEN),
        ("AUTH_EXPIRED", {"refreshable": True, "attempts": 7}, Verb.FAIL, ErrorAction.REFRESH_TOKEN),
        ("AUTH_EXPIRED", {}, Verb.FAIL, ErrorAction.PAUSE_RECONNECT),
        ("AUTH_REVOKED", {"refreshable": True}, Verb.FAIL, ErrorAction.PAUSE_RECONNECT),
        ("APP_SUSPENDED", {}, Verb.FAIL, ErrorAction.ESCALATE_OPS),
        ("APP_SUSPENDED", {"waits_for_ops": True}, Verb.RETRY_AT, ErrorAction.ESCALATE_OPS),
    ],
)
def test_what_runs_through_holds_waits_only_for_what_is_under_way(
    code: str, facts: dict[str, object], verb: Verb, action: ErrorAction
) -> None:
    outcome = Outcome(verdict=Verdict.FAILURE, classification=found(ErrorCode(code)))

    decision = decide(outcome, case(control=True, writes=False, **facts), POLICY, NOW, rng=Random(1))

    assert (decision.verb, decision.action) == (verb, action)
