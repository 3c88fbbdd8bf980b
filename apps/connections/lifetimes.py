"""When access ends and when to renew it, by token model. Pure: a table of facts and a little arithmetic."""

from datetime import datetime, timedelta

from apps.connections.connectors.interface import TokenModel, TokenSet

SHARE = 0.2  # of a token's life: so long before its end it is renewed
LEAST_MARGIN = timedelta(minutes=15)
EXTENDED_BEFORE = timedelta(days=10)
SPREAD = 0.25  # of the margin: what was connected in one minute is not renewed in one minute
UNKNOWN_LIFE = timedelta(hours=24)
# What has so little time left may be over at the partner, whose clock is not ours.
CLOCK_MARGIN = timedelta(seconds=30)
WARNED_BEFORE = timedelta(days=7)

# An authorisation that ends whatever we do, at most so long after the consent.
LONGEST_AUTHORISATION = {"linkedin": timedelta(days=365)}
# How old a token must be before its partner extends it, by login.
YOUNGEST_EXTENDED = {"instagram": timedelta(hours=24)}

ON_DEMAND = frozenset({TokenModel.RENEWING, TokenModel.ROTATING})  # a dead access token is no obstacle


def model_of(platform_model: TokenModel, *, has_refresh_token: bool, derived: bool = False) -> TokenModel:
    """Return what one credential can do: page tokens and those without a refresh token cannot be renewed."""
    if derived or (platform_model in ON_DEMAND and not has_refresh_token):
        return TokenModel.NONE
    return platform_model


def ends_at(platform_model: TokenModel, tokens: TokenSet, *, at: datetime) -> datetime | None:
    """Return when the access token ends, counted from its arrival; None is never. What nobody knows is a day."""
    if tokens.never_expires or platform_model is TokenModel.NONE:
        return None
    return at + (timedelta(seconds=tokens.expires_in) if tokens.expires_in else UNKNOWN_LIFE)


def renew_at(
    model: TokenModel, *, born: datetime, ends: datetime | None, chance: float, login: str = ""
) -> datetime | None:
    """Return when to renew a token by ourselves, or None; `chance` (0 to 1) spreads those of one minute."""
    if ends is None or model is TokenModel.NONE:
        return None
    life = ends - born
    margin = EXTENDED_BEFORE if model is TokenModel.EXTENSION else max(life * SHARE, LEAST_MARGIN)
    # A token that lives shorter than any margin is used for half its life.
    due = max(ends - margin * (1 + SPREAD * chance), born + life / 2)
    due = max(due, born + YOUNGEST_EXTENDED.get(login, timedelta()))
    return due if due < ends else None


def has_ended(ends: datetime | None, *, at: datetime) -> bool:
    """Return True when a call with this token can only be refused."""
    return ends is not None and ends <= at + CLOCK_MARGIN


def authorised_until(
    platform: str,
    model: TokenModel,
    tokens: TokenSet,
    *,
    at: datetime,
    ends: datetime | None,
    before: datetime | None,
    consented: bool,
) -> datetime | None:
    """
    Return until when the authorisation lives if nobody signs in again; None when no end is known.

    A rotating partner starts it anew with every refresh token, a renewing one only when a person consents.
    """
    if model is TokenModel.EXTENSION:
        return None
    if model is TokenModel.NONE:
        return ends
    if model is TokenModel.RENEWING and not consented:
        return before
    longest = LONGEST_AUTHORISATION.get(platform)
    told = timedelta(seconds=tokens.refresh_expires_in) if tokens.refresh_expires_in else None
    lives = min(told or longest, longest) if longest else told
    if lives is None:
        return None if consented else before
    return at + lives
