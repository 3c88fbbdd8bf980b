"""Which unknown answers are the same: platform, status, the body's shape, and its words without numbers and ids."""

import hashlib
import re

from apps.errors.reading.answer import parse, text_of

_DEEPEST = 4
_WIDEST = 40
_LONGEST = 300
_URLS = re.compile(r"https?://\S{1,200}")
_IDS = re.compile(r"\b(?=\w*\d)[\w-]{4,}\b|\d+")
_QUOTED = re.compile(r"\"[^\"]{0,200}\"|'[^']{0,200}'")


def fingerprint(platform: str, status: int, body: object, message: str) -> str:
    """Return the name of the group to which an unknown answer belongs: 16 hexadecimal digits."""
    data, _ = parse(body)
    seen = f"{platform}|{status}|{_shape(data, _DEEPEST)}|{mask(message)}"
    return hashlib.sha256(seen.encode("utf-8", "replace")).hexdigest()[:16]


def mask(message: str) -> str:
    """Return a message without what differs from one answer to the next."""
    short = message[:_LONGEST].lower()
    return _IDS.sub("…", _QUOTED.sub("…", _URLS.sub("…", short))).strip()


def _shape(value: object, left: int) -> str:
    if isinstance(value, dict):
        if not left:
            return "{}"
        keys = sorted(value, key=str)[:_WIDEST]
        return "{" + ",".join(f"{text_of(key)[:60]}:{_shape(value[key], left - 1)}" for key in keys) + "}"
    if isinstance(value, list):
        return f"[{_shape(value[0], left - 1) if value and left else ''}]"
    return type(value).__name__
