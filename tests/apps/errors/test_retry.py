"""Waits grow, end, and heed the partner."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.errors.classifier import classify_partner_error
from apps.errors.codes import ErrorCode
from apps.errors.retry import PRESETS, RetryPolicy, next_retry_delay, should_retry
from apps.errors.taxonomy import TAXONOMY

POLICIES = st.builds(
    RetryPolicy,
    strategy=st.sampled_from(["exponential", "linear", "fixed"]),
    base=st.floats(0.1, 60),
    factor=st.floats(1, 4),
    cap=st.floats(1, 3600),
    jitter=st.just("none"),
)
JITTERED = st.builds(
    RetryPolicy,
    strategy=st.sampled_from(["exponential", "linear", "fixed"]),
    base=st.floats(0.1, 60),
    cap=st.floats(1, 3600),
    jitter=st.sampled_from(["full", "equal", "around"]),
)


def answer(status: int, **headers: str):  # type: ignore[no-untyped-def]
    """Name a bare answer with these headers."""
    return classify_partner_error(
        "http", status, "", {name.replace("_", "-"): value for name, value in headers.items()}
    )


@given(POLICIES, st.integers(1, 100))
def test_waits_never_shrink_and_never_pass_the_cap(policy: RetryPolicy, attempt: int) -> None:
    now, later = (policy.delay(number, Random(1)) for number in (attempt, attempt + 1))

    assert now <= later <= policy.cap


@given(JITTERED, st.integers(1, 100), st.integers())
def test_chance_stays_in_its_bounds(policy: RetryPolicy, attempt: int, seed: int) -> None:
    plain = RetryPolicy(policy.strategy, policy.base, policy.factor, policy.cap, jitter="none")
    low, high = {"full": (0, 1), "equal": (0.5, 1), "around": (0.8, 1.2)}[policy.jitter]
    wait = plain.delay(attempt, Random(seed))

    assert wait * low <= policy.delay(attempt, Random(seed)) <= wait * high


@pytest.mark.parametrize(
    ("preset", "waits"),
    [
        ("default", [30, 60, 120, 240, 480, 960, 1800]),
        ("aggressive", [1, 2, 4, 8, 16, 32, 60, 60, 60]),
        ("fast", [0.2, 0.2]),
        ("import", [5, 10, 20]),
        ("webhook", [5, 300, 1800, 7200, 18000, 36000, 36000]),
        ("poll", [5, 5, 5]),
    ],
)
def test_a_preset_waits_as_it_says(preset: str, waits: list[float]) -> None:
    policy = PRESETS[preset]
    plain = RetryPolicy(
        policy.strategy, policy.base, policy.factor, policy.cap, policy.max_attempts, "none", policy.waits
    )

    assert [plain.delay(number, Random(1)) for number in range(1, len(waits) + 1)] == waits


@pytest.mark.parametrize(
    ("preset", "attempts"), [("default", 8), ("aggressive", 10), ("fast", 3), ("import", 4), ("webhook", 8)]
)
def test_a_preset_ends(preset: str, attempts: int) -> None:
    found = answer(503)

    tried = [number for number in range(1, 20) if should_retry(found, number, PRESETS[preset])]

    assert tried == list(range(1, attempts))


def test_a_partners_wait_in_seconds_wins_over_a_shorter_one_of_ours() -> None:
    assert next_retry_delay(answer(503, retry_after="7200"), 1, Random(1)) == 7200


def test_a_partners_wait_as_a_date_is_measured_by_its_own_clock() -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC)
    later = format_datetime(now + timedelta(hours=3), usegmt=True)

    found = answer(503, retry_after=later, date=format_datetime(now, usegmt=True))

    assert next_retry_delay(found, 1, Random(1)) == 3 * 3600


def test_a_date_in_the_past_waits_no_longer_than_our_own_schedule() -> None:
    found = answer(503, retry_after="Wed, 01 Jan 2020 00:00:00 GMT", date="Thu, 02 Jan 2020 00:00:00 GMT")

    assert next_retry_delay(found, 1, Random(1)) <= 30


@pytest.mark.parametrize("nonsense", ["soon", "-5", "nan", "inf", "1e999", "", "9" * 400])
def test_a_wait_that_is_none_is_no_wait(nonsense: str) -> None:
    assert next_retry_delay(answer(503, retry_after=nonsense), 1, Random(1)) <= 86400


def test_no_wait_is_longer_than_a_day() -> None:
    assert next_retry_delay(answer(429, retry_after="999999"), 1, Random(1)) == 86400


@pytest.mark.parametrize("code", [code for code in ErrorCode if TAXONOMY[code].pauses_connection])
def test_a_dead_credential_is_not_worth_another_try(code: ErrorCode) -> None:
    assert not TAXONOMY[code].retryable
