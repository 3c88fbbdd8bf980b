"""What is one cause and what is not: pure, table by table."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from apps.errors.codes import ErrorCode as E
from apps.recovery.choices import Family
from apps.recovery.incidents import (
    SINGLE_DEATHS_AFTER,
    Around,
    Cause,
    Round,
    Sighting,
    are_single_deaths,
    by_cause,
    cause_of,
    first_share,
    has_passed,
    is_back,
    is_incident,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
OUTAGE = Cause("meta", Family.AVAILABILITY)
REFUSAL = Cause("meta", Family.AUTHORISATION)


def seen(
    count: int,
    *,
    tenants: int = 5,
    sign_ins: int = 100,
    code: E = E.PARTNER_5XX,
    jobs: int = 1,
    stopped: bool = True,
) -> list[Sighting]:
    """Return failures of so many connections."""
    return [
        Sighting(
            platform="meta",
            tenant=UUID(int=number % tenants),
            lane=uuid4(),
            connection=uuid4(),
            sign_in=UUID(int=number % sign_ins),
            code=code,
            rule="made.up",
            jobs=jobs,
            first=NOON,
            last_began=NOON,
            stopped_at=NOON if stopped else None,
        )
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("code", "family"),
    [
        (E.PARTNER_TIMEOUT, Family.AVAILABILITY),
        (E.NETWORK_ERROR, Family.AVAILABILITY),
        (E.AUTH_EXPIRED, Family.AUTHORISATION),
        (E.PERMISSION_INSUFFICIENT, Family.AUTHORISATION),
        (E.ACCOUNT_NOT_FOUND, Family.AUTHORISATION),
        (E.APP_SUSPENDED, Family.APP),
        (E.API_VERSION_DEPRECATED, Family.APP),
        (E.INVALID_REQUEST, Family.SIGNATURE),
        (E.CONTENT_INVALID, None),
        (E.RATE_LIMIT_429, None),
        (E.SPAM_BLOCKED, None),
    ],
)
def test_each_code_belongs_to_one_family_or_none(code: E, family: Family | None) -> None:
    cause = cause_of("meta", code, "made.up")

    assert (cause.family if cause else None) == family


@pytest.mark.parametrize(
    ("_case", "cause", "hits", "around", "expected"),
    [
        ("ten of fifty", OUTAGE, seen(10), Around(50, 500), True),
        ("nine", OUTAGE, seen(9), Around(9, 9), False),
        ("less than a fifth of what was called", OUTAGE, seen(10), Around(51, 51), False),
        ("two tenants, less than half of the active", OUTAGE, seen(10, tenants=2), Around(10, 21), False),
        ("two tenants, half of the active", OUTAGE, seen(10, tenants=2), Around(10, 20), True),
        ("one dead sign-in of twelve pages", REFUSAL, seen(12, sign_ins=1), Around(12, 12), False),
        ("three sign-ins", REFUSAL, seen(12, sign_ins=3), Around(12, 12), True),
        ("nineteen jobs", Cause("meta", Family.SIGNATURE, "x"), seen(19), Around(1000, 1000), False),
        (
            "twenty jobs on one lane",
            Cause("meta", Family.SIGNATURE, "x"),
            seen(1, jobs=20),
            Around(1000, 1000),
            True,
        ),
    ],
)
def test_thresholds(_case: str, cause: Cause, hits: list[Sighting], around: Around, expected: bool) -> None:
    assert is_incident(cause, hits, around, least=10) is expected


def test_a_refusal_that_a_renewal_mends_is_none() -> None:
    assert by_cause(seen(20, code=E.AUTH_EXPIRED, stopped=False)) == {}


@pytest.mark.parametrize(
    ("cause", "verdict", "code", "passed"),
    [
        (OUTAGE, "success", "", True),
        (OUTAGE, "failure", "PARTNER_5XX", False),
        (OUTAGE, "failure", "CONTENT_INVALID", True),
        (OUTAGE, "unknown", "PARTNER_5XX", False),
        (OUTAGE, "not_sent", "", False),
        (REFUSAL, "failure", "AUTH_REVOKED", False),
        (REFUSAL, "failure", "PARTNER_5XX", False),
        (Cause("meta", Family.APP), "failure", "APP_SUSPENDED", False),
        (Cause("meta", Family.APP), "failure", "AUTH_INVALID", True),
    ],
)
def test_a_try_passes_when_it_worked_or_was_refused_for_another_reason(
    cause: Cause, verdict: str, code: str, passed: bool
) -> None:
    assert has_passed(cause, verdict, code, "made.up") is passed


@pytest.mark.parametrize(
    ("_case", "held", "others", "minutes", "others_failed", "tenants", "expected"),
    [
        ("the others work for half an hour", [False] * 5, [True] * 5, 30, False, 9, True),
        ("not long enough", [False] * 5, [True] * 5, 29, False, 9, False),
        ("one of the held works", [False, True], [True], 30, False, 9, False),
        ("one of the others fails", [False], [True, False], 30, True, 9, False),
        ("nobody else, three tenants", [False], [], 30, False, 3, False),
        ("nobody else, two tenants", [False], [], 30, False, 2, True),
        ("nobody else any more", [False], [], 30, True, 2, False),
    ],
)
def test_many_single_deaths(
    _case: str,
    held: list[bool],
    others: list[bool],
    minutes: int,
    others_failed: bool,
    tenants: int,
    expected: bool,
) -> None:
    seen_now = Round(held, others)
    since = NOON - timedelta(minutes=minutes)

    assert timedelta(minutes=30) == SINGLE_DEATHS_AFTER
    assert (
        are_single_deaths(
            seen_now, failing_since=since, others_failed=others_failed, tenants=tenants, at=NOON, speed=1
        )
        is expected
    )


@pytest.mark.parametrize(("held", "first"), [(1, 1), (10, 1), (11, 2), (500, 50)])
def test_a_tenth_goes_first_and_never_nothing(held: int, first: int) -> None:
    assert first_share(held) == first


@pytest.mark.parametrize(
    ("again", "released", "back"), [(2, 3, False), (3, 3, True), (19, 100, False), (20, 100, True)]
)
def test_a_few_that_fail_again_are_their_own_trouble(again: int, released: int, back: bool) -> None:
    assert is_back(again, released) is back
