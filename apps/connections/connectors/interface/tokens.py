"""Tokens, and the accounts that they open."""

from dataclasses import dataclass, field
from enum import StrEnum

from apps.connections.connectors.interface.posts import AccountFacts
from apps.errors.classification import Classification


class TokenModel(StrEnum):
    """How a platform's access is kept alive."""

    ROTATING = "rotating"
    RENEWING = "renewing"
    EXTENSION = "extension"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What a token endpoint gave us. None means that the partner said nothing about it."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_in: float | None = None  # seconds; None with never_expires False is "unknown"
    never_expires: bool = False
    refresh_expires_in: float | None = None
    scopes: tuple[str, ...] = ()
    user_id: str = ""
    user_name: str = ""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The end of a token call: tokens, or the reason why there are none."""

    tokens: TokenSet | None = None
    failure: Classification | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts that a grant can act for, or the reason why they cannot be seen."""

    accounts: tuple[AccountFacts, ...] = ()
    failure: Classification | None = None
    user_id: str = ""
    user_name: str = ""
