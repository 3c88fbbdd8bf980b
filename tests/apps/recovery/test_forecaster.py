"""The first true reason wins, and each that goes leaves less for the next."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.ids import uuid7
from apps.jobs.pacing import Key
from apps.recovery.choices import Prediction
from apps.recovery.predict import Forecaster, Level, Situation, Stop, Twin, fails_again

HOUR = timedelta(hours=1)

CALLS = Key("tenant:1:meta", "calls")


@pytest.fixture
def post(at: datetime) -> Situation:
    """A post with nothing in its way."""
    return Situation(uuid7(), {CALLS: 1}, at - HOUR)


def forecaster(at: datetime, *, tokens: float = 9, **more: Any) -> Forecaster:
    """Predict for a tenant with some calls left and one more a minute."""
    return Forecaster(at, {CALLS: Level(tokens, 1)}, **more)


LATE = {"ask_after": -1, "skip_after": 23}
CLOSED = Stop("The password was changed.", None, by_connection=True)
STOPPED = Stop("Olga looks at it.", None, by_connection=False)


@pytest.mark.parametrize(
    ("_case", "facts", "word"),
    [
        ("nothing in its way", {}, "publish"),
        ("planned for later", {"due_at": 1}, "wait"),
        ("out meanwhile, whatever else", {"twin": Twin.OUT, "stops": [CLOSED]}, "duplicate"),
        ("a twin on its way", {"twin": Twin.UNDERWAY}, "wait"),
        ("its connection is held, late or not", {"stops": [CLOSED], **LATE}, "connection_paused"),
        ("its connection is gone", {"connection_works": False}, "connection_paused"),
        ("held by operations", {"stops": [STOPPED]}, "wait"),
        ("may be out, late or not", {"unproven": True, **LATE}, "verify_first"),
        ("late", LATE, "late_ask"),
        ("very late", {"ask_after": -30, "skip_after": -6}, "late_skip"),
        ("refused before", {"failed_with": "INVALID_REQUEST"}, "fail_again"),
        ("the partner was down before", {"failed_with": "PARTNER_5XX"}, "publish"),
    ],
)
def test_says_the_first_true_reason(
    _case: str, facts: dict[str, Any], word: str, post: Situation, at: datetime
) -> None:
    hours = {
        name: at + value * HOUR
        for name, value in facts.items()
        if isinstance(value, int) and name.endswith(("_at", "_after"))
    }

    found = forecaster(at).forecast(replace(post, **{**facts, **hours}))

    assert (found.prediction, bool(found.sentence)) == (Prediction(word), True)


def test_a_rest_is_waited_for_until_the_last_one_ends(post: Situation, at: datetime) -> None:
    rests = [Stop("It keeps failing.", at + hours * HOUR, by_connection=False) for hours in (1, 3, 2)]

    found = forecaster(at).forecast(replace(post, stops=rests))

    assert (found.prediction, found.until) == (Prediction.WAIT, at + 3 * HOUR)


def test_a_tenants_limit_is_shared(post: Situation, at: datetime) -> None:
    predict = forecaster(at, tokens=2)

    found = [predict.forecast(post) for _ in range(4)]

    assert [one.prediction for one in found] == [Prediction.PUBLISH] * 2 + [Prediction.WAIT] * 2
    assert [one.until for one in found[2:]] == [at + timedelta(minutes=1), at + timedelta(minutes=2)]


def test_what_waits_behind_a_stop_uses_nothing_up(post: Situation, at: datetime) -> None:
    predict = forecaster(at, tokens=1)

    predict.forecast(replace(post, stops=[CLOSED]))

    assert predict.forecast(post).prediction is Prediction.PUBLISH


def test_the_same_post_goes_once_among_these(post: Situation, at: datetime) -> None:
    predict, same = forecaster(at), replace(post, same_post=(uuid7(), "print"))

    found = [predict.forecast(same).prediction for _ in range(2)]

    assert found == [Prediction.PUBLISH, Prediction.DUPLICATE]


def test_publish_late_lets_late_ones_go(post: Situation, at: datetime) -> None:
    late = replace(post, ask_after=at - HOUR)

    assert forecaster(at, publish_late=True).forecast(late).prediction is Prediction.PUBLISH


@pytest.mark.parametrize(
    ("code", "reason", "again"),
    [
        ("CONTENT_POLICY", "", True),
        ("RATE_LIMIT_429", "", False),
        ("", "", False),
        ("UNKNOWN", "CRASHED", True),
    ],
)
def test_only_what_has_not_changed_fails_again(code: str, reason: str, again: bool) -> None:
    assert fails_again(code, reason) is again
