"""Google's signed tokens: RS256 under a key that we have fetched before, in one spelling only."""

import base64
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from jwt.exceptions import PyJWTError
from jwt.types import Options

from apps.webhooks.inbound.interface import KeyUnknown, Refused

_PARTS = 3
# Who, for whom and until when is judged by the receiver: a security event has no end, and no clock is read here.
_UNJUDGED: Options = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
_LAST = datetime(9999, 1, 1, tzinfo=UTC)


def verified(token: str, keys: Mapping[str, jwt.PyJWK]) -> Mapping[str, Any]:
    """
    Return what a token claims, once its signature is checked.

    :raises Refused: when it is no token of that kind, or its signature is wrong.
    :raises KeyUnknown: when it names a key that has not been fetched yet.
    """
    if not _is_plain(token):
        raise Refused("no_token")
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
            raise Refused("algorithm")
        if header["kid"] not in keys:
            raise KeyUnknown
        found: Mapping[str, Any] = jwt.decode(
            token, keys[header["kid"]], algorithms=["RS256"], options=_UNJUDGED
        )
    except (PyJWTError, ValueError, RecursionError):
        raise Refused("signature") from None
    return found


def claims(token: str) -> Mapping[str, Any]:
    """Return what a token claims that was verified before it was stored."""
    found: Mapping[str, Any] = jwt.decode(token, options={"verify_signature": False, **_UNJUDGED})
    return found


def is_for(claimed: Mapping[str, Any], wanted: Collection[str]) -> bool:
    """Return whether one of its audiences is one of these."""
    audience = claimed.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    return any(isinstance(one, str) and one in wanted for one in named)


def ends(claimed: Mapping[str, Any]) -> datetime:
    """Return when it ends. :raises Refused: when it does not say so."""
    end = claimed.get("exp")
    if isinstance(end, bool) or not isinstance(end, (int, float)) or not 0 < end < _LAST.timestamp():
        raise Refused("too_old")
    return datetime.fromtimestamp(end, UTC)


def _is_plain(token: str) -> bool:
    """The last letter of base64 has bits that mean nothing: with them the same token would have other spellings."""
    parts = token.split(".")
    try:
        return len(parts) == _PARTS and all(_encoded(part) == part for part in parts)
    except ValueError:
        return False


def _encoded(part: str) -> str:
    plain = base64.urlsafe_b64decode(part.encode() + b"=" * (-len(part) % 4))
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")
