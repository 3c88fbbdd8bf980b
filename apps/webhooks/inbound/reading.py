"""Reads what partners write: any text, number or nesting, and never more than our columns take."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from apps.webhooks.inbound.interface import Malformed, Piece

MOST_PIECES = 5000  # Meta sends up to a thousand in one POST
MOST_FIELDS = 200
_LONGEST = 200
_SECONDS = range(10**9, 4 * 10**9)  # 2001 to 2096
_THOUSAND = 1000


def parse(body: bytes | str) -> Any:
    """:raises Malformed: when it is no JSON, or nested beyond reason."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("It is no JSON.") from None


def mapping(value: object, what: str) -> Mapping[str, Any]:
    """:raises Malformed: when it is no object."""
    if isinstance(value, dict):
        return value
    raise Malformed(f"{what} is no object.")


def listing(value: object, what: str) -> list[Any]:
    """:raises Malformed: when it is no list, or a boundless one."""
    if isinstance(value, list) and len(value) <= MOST_PIECES:
        return value
    raise Malformed(f"{what} is no list of at most {MOST_PIECES}.")


def form(body: bytes) -> dict[str, str]:
    """Return the fields of a form. :raises Malformed: when there are too many."""
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Malformed("It has too many fields.") from None


def word(value: object, longest: int = _LONGEST) -> str:
    """Return a word or an id: partners send numbers and strings for the same thing. No NUL, no half characters."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = str(value) if isinstance(value, str) or abs(value) < 10**40 else ""
    return text[:longest].replace("\x00", "").encode("utf-8", "replace").decode()


def moment(value: object) -> datetime | None:
    """Return a time in seconds or milliseconds, as number or text, or None when it says nothing."""
    digits = word(value, 20)
    if not digits.isascii() or not digits.isdigit():
        return None
    number = int(digits)
    if number not in _SECONDS:
        number //= _THOUSAND
    return datetime.fromtimestamp(number, UTC) if number in _SECONDS else None


def piece(data: Mapping[str, Any], key: str = "") -> Piece:
    """Return an event with its key: the partner's id, else all that it says."""
    return Piece(data, key or hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest())
