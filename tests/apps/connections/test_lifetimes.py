"""When access ends and is renewed: a table, without partners and database."""

from datetime import datetime, timedelta

import pytest

from apps.connections import lifetimes
from apps.connections.connectors.interface import TokenModel, TokenSet

ROTATING, RENEWING, EXTENSION, NONE = (
    TokenModel.ROTATING,
    TokenModel.RENEWING,
    TokenModel.EXTENSION,
    TokenModel.NONE,
)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("model", "life", "login", "after"),
    [
        (ROTATING, 2 * HOUR, "", 96 * MINUTE),
        (RENEWING, HOUR, "", 45 * MINUTE),
        (RENEWING, 60 * DAY, "", 48 * DAY),
        (RENEWING, 10 * MINUTE, "", 5 * MINUTE),
        (EXTENSION, 60 * DAY, "facebook", 50 * DAY),
        (EXTENSION, 2 * HOUR, "facebook", HOUR),
        (EXTENSION, 60 * DAY, "instagram", 50 * DAY),
        (EXTENSION, 30 * HOUR, "instagram", 24 * HOUR),
        (EXTENSION, 20 * HOUR, "instagram", None),
        (NONE, 60 * DAY, "", None),
    ],
)
def test_a_token_is_renewed_in_time(
    model: TokenModel, life: timedelta, login: str, after: timedelta | None, at: datetime
) -> None:
    due = lifetimes.renew_at(model, born=at, ends=at + life, chance=0, login=login)

    assert due == (at + after if after else None)


@pytest.mark.parametrize("model", [ROTATING, EXTENSION])
def test_what_was_connected_in_one_minute_is_spread(model: TokenModel, at: datetime) -> None:
    ends = at + 60 * DAY
    dues = [lifetimes.renew_at(model, born=at, ends=ends, chance=step / 10, login="") for step in range(11)]
    known = [due for due in dues if due]

    assert len(set(known)) == 11
    assert max(known) - min(known) >= 2 * DAY


@pytest.mark.parametrize(
    ("model", "tokens", "life"),
    [
        (RENEWING, TokenSet("t", expires_in=3600), HOUR),
        (RENEWING, TokenSet("t"), 24 * HOUR),
        (EXTENSION, TokenSet("t", never_expires=True), None),
        (NONE, TokenSet("t"), None),
    ],
)
def test_an_end_that_nobody_knows_is_a_day_away(
    model: TokenModel, tokens: TokenSet, life: timedelta | None, at: datetime
) -> None:
    assert lifetimes.ends_at(model, tokens, at=at) == (at + life if life else None)


@pytest.mark.parametrize(
    ("platform", "model", "refresh_life", "consented", "until"),
    [
        ("linkedin", RENEWING, None, True, 365 * DAY),
        ("linkedin", RENEWING, 900 * DAY, True, 365 * DAY),
        ("linkedin", RENEWING, 300 * DAY, False, 77 * DAY),  # a renewal moves nothing
        ("linkedin", NONE, None, True, 60 * DAY),
        ("tiktok", ROTATING, 180 * DAY, True, 180 * DAY),
        ("tiktok", ROTATING, 180 * DAY, False, 180 * DAY),  # each refresh token lives anew
        ("tiktok", ROTATING, None, False, 77 * DAY),
        ("gbp", RENEWING, None, True, None),
        ("gbp", RENEWING, 7 * DAY, True, 7 * DAY),
        ("meta", EXTENSION, None, True, None),
    ],
)
def test_an_authorisation_ends_when_only_a_person_can_prolong_it(
    platform: str,
    model: TokenModel,
    refresh_life: timedelta | None,
    consented: bool,
    until: timedelta | None,
    at: datetime,
) -> None:
    tokens = TokenSet("t", refresh_expires_in=refresh_life.total_seconds() if refresh_life else None)

    found = lifetimes.authorised_until(
        platform, model, tokens, at=at, ends=at + 60 * DAY, before=at + 77 * DAY, consented=consented
    )

    assert found == (at + until if until else None)


@pytest.mark.parametrize(
    ("has_refresh_token", "derived", "model"),
    [(True, False, RENEWING), (False, False, NONE), (True, True, NONE)],
)
def test_a_credential_can_do_what_it_holds(has_refresh_token: bool, derived: bool, model: TokenModel) -> None:
    assert lifetimes.model_of(RENEWING, has_refresh_token=has_refresh_token, derived=derived) is model
