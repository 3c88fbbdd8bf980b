"""One shape for what any partner says, and the safe way from bytes to it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from apps.errors.redact import redact

MOST_BYTES = 64 * 1024
MOST_TEXT = 2000
DEEPEST = 40
_NUMBER = re.compile(r"-?\d{1,10}")


@dataclass(slots=True)
class Reading:
    """What was found in an answer; empty where the partner said nothing."""

    status: int
    code: str = ""
    subcode: str = ""
    words: set[str] = field(
        default_factory=set
    )  # types, reasons, titles: the partner's own vocabulary, lower-case
    message: str = ""
    request_id: str = ""
    retry_after: float | None = None
    transient: bool = False
    html: bool = False
    scopes: tuple[str, ...] = ()  # permissions that the body names as missing
    failed: bool = False  # the body itself says that it is an error, whatever the status


def parse(body: object) -> tuple[Any, str]:
    """Return the body as JSON (None when it is none) and as text."""
    if isinstance(body, (bytes, bytearray, memoryview)):
        text = bytes(body[:MOST_BYTES]).decode("utf-8", "replace")
    elif isinstance(body, str):
        text = body[:MOST_BYTES]
    else:
        return (body, "") if _shallow(body, DEEPEST) else (None, "")
    # Deep nesting is an attack on the parser, not an answer.
    if text.count("[") + text.count("{") > MOST_BYTES // 16:
        return None, text
    try:
        return json.loads(text), text
    except (ValueError, RecursionError):
        return None, text


def _shallow(value: object, left: int) -> bool:
    if not isinstance(value, (dict, list)):
        return True
    if left == 0:
        return False
    inner = value.values() if isinstance(value, dict) else value
    return all(_shallow(item, left - 1) for item in list(inner)[:200])


def mapping(value: object) -> Mapping[str, Any]:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def lone_object(data: Any) -> Mapping[str, Any]:
    """Return the object, also where it came as JSON in a string or as the only item of a list."""
    if isinstance(data, str) and data.lstrip().startswith("{"):
        data = parse(data)[0]
    if isinstance(data, list) and data:
        data = data[0]
    return mapping(data)


def items(value: object) -> list[Any]:
    """Return the value if it is a list (its first 20 items), else an empty one."""
    return value[:20] if isinstance(value, list) else []


def text_of(value: object) -> str:
    """Return a scalar as short text; containers and None give nothing."""
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        return ""
    try:
        return str(value)[:MOST_TEXT]
    except ValueError:  # integers beyond Python's digit limit
        return ""


def number(value: object) -> str:
    """Return an error number, which may come as a number or as a string, as digits; else nothing."""
    text = text_of(value)
    return text if _NUMBER.fullmatch(text) else ""


def word(value: object) -> str:
    """Return a partner's word as we compare it: lower-case, without spaces; a secret in it is hidden before that."""
    return redact(text_of(value)).lower().replace(" ", "")


def lower_headers(headers: object) -> dict[str, str]:
    """Return headers with lower-case names and text values, whatever they were."""
    if not isinstance(headers, Mapping):
        return {}
    return {text_of(name).lower(): text_of(value) for name, value in list(headers.items())[:100]}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return Retry-After in seconds, from seconds or from a date measured against the partner's own Date."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _until(value, headers.get("date", ""))
    return seconds if 0 <= seconds < float("inf") else None


def _until(value: str, date: str) -> float | None:
    try:
        then = parsedate_to_datetime(value)
        now = parsedate_to_datetime(date) if date else datetime.now(UTC)
        return max(0.0, (then - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
