"""A post and the account that it is for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A picture or film: its facts, and two ways to its bytes."""

    kind: str  # image | video
    content_type: str
    size: int
    name: str
    read: Callable[[int, int], bytes]  # (offset, length) -> bytes; blocking, call it in a thread
    public_url: Callable[[timedelta], str]  # a URL that partners can fetch for that long
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    alt_text: str = ""


@dataclass(frozen=True, slots=True)
class PostDraft:
    """What is to be published on one connection."""

    format: (
        str  # a word of the capability tables: text, link, image, images, video, reel, story, carousel, ...
    )
    text: str = ""
    link: str = ""
    media: tuple[MediaRef, ...] = ()
    options: Any = None  # the platform's own frozen Options


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a post and its account decides the steps: known before any of its media is read."""

    account_type: str
    format: str
    media: int = 0  # how many


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One account at the partner: what the connection stores, and what `accounts` finds."""

    type: str  # page | instagram | member | organization | creator | location | audience
    external_id: str
    name: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)  # gbp account, dc, login, role, ...
    token: str | None = field(default=None, repr=False)  # a token of its own (Meta pages)
    may_publish: bool = True  # False: the person sees the account, and its role there does not let it post


class OptionsInvalid(ValueError):
    """An option of a post is missing or wrong; says which and what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
