"""What may leave the process in a log line, a span or an error report: no secrets, no personal data."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from apps.errors.redact import redact
from apps.webhooks.inbound.masking import masked

HIDDEN = "[hidden]"
_DEEPEST = 9
_LONGEST_LIST = 50
# Whatever stands under such a name.
_NAMES = re.compile(
    r"(?i)token|secret|password|passwd|authorization|cookie|session|csrf|signature|api_?key|credential|verifier"
    r"|e_?mail|phone|^code$|^address$|^body$|^data$|query_string"
)
# Ours, and what every program sends: API keys, webhook secrets and signatures, sealed tokens, keys in links, people.
_SHAPES = re.compile(
    r"\brk_[0-9a-f]{6,}_[\w-]+|\bwhsec_[\w+/=-]+|\bv1,[\w+/=]{20,}|\bsha256=[0-9a-f]{20,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*"
    r"|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+|(?i:\bbasic\s+[\w+/=]{8,})"
)
_SIGNS = ("rk_", "whsec_", "v1,", "sha256=", "eyJ", "@", "asic ", "ASIC ")
# Most values are ids and words: those are told apart first, for a line is written with every call.
_PLAIN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z_. ]{1,30}|[A-Z_0-9]{1,30}")
# In an address what follows the question mark, and any part that looks like a key.
_QUERY = re.compile(r"\?[^\s\"'<>]*=[^\s\"'<>]*")
_KEY_IN_PATH = re.compile(r"(?<=/)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{22,}")
# What follows such a name in a sentence, a form or a body.
_SAID = re.compile(
    r"""(?i)(["']?\b[\w-]*(?:token|secret|password|signature|api_?key|cookie|sessionid|verifier)["']?\s*[=:]\s*)"""
    r"""("[^"]*"|'[^']*'|[^\s&,;"'}<]+)"""
)
_SAYING = ("token", "secret", "password", "signature", "key", "cookie", "sessionid", "verifier")


def clean(value: Any, name: str = "", depth: int = 0) -> Any:
    """Return a value of a line, a span or a report as it may be kept, whatever it is made of."""
    if value is None or value == "" or isinstance(value, (bool, int, float)):
        return value
    if depth >= _DEEPEST or _is_secret(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): clean(each, str(key), depth + 1) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [clean(each, "", depth + 1) for each in list(value)[:_LONGEST_LIST]]
    return clean_text(str(value))


@lru_cache(maxsize=1000)
def _is_secret(name: str) -> bool:
    return bool(name) and _NAMES.search(name) is not None


def clean_text(text: str) -> str:
    """Return a text without secrets and addresses of people, at most 4 KiB long."""
    if _PLAIN.fullmatch(text):
        return text
    short = redact(text)
    if any(sign in short for sign in _SIGNS):
        short = _SHAPES.sub(HIDDEN, short)
    lower = short.lower()
    if any(word in lower for word in _SAYING):
        short = _SAID.sub(lambda found: f"{found[1]}{HIDDEN}", short)
    if "?" in short:
        short = _QUERY.sub(f"?{HIDDEN}", short)
    return _KEY_IN_PATH.sub(HIDDEN, masked(short)) if "/" in short else short
