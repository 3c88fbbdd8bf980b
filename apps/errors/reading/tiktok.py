"""How TikTok says that something went wrong: its envelope, status polls, token endpoint, and the older shapes."""

import re
from collections.abc import Mapping
from typing import Any

from apps.errors.reading.answer import Reading, lone_object, mapping, number, text_of, word

_SCOPE = re.compile(
    r"\b(?:user\.info\.(?:basic|profile|stats|phone|email)|video\.(?:list|upload|publish)|comment\.list(?:\.manage)?)\b"
)
# RFC 6749 words that were seen inside the envelope, too.
_OAUTH = frozenset(
    {
        "access_denied",
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_grant_type",
        "unsupported_response_type",
    }
)
_GOOD = frozenset({"", "ok", "0"})


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from an envelope."""
    top = lone_object(data)
    error = top.get("error")
    state = mapping(top.get("data"))
    inner = mapping(error)
    if isinstance(error, str):
        _say(reading, "", top.get("error_description"))
        reading.words.add(f"oauth:{word(error)}")
    elif inner:
        _say(reading, word(inner.get("code")), inner.get("message"))
    elif "code" in top and ("message" in top or "log_id" in top):
        # The Business API numbers its codes; v2's documentation shows its words without an envelope, too.
        _numbered(reading, "business", top.get("code"), top.get("message"))
    elif (old := _first(state, "error_code", "err_code")) is not None:
        _numbered(reading, "v1", old, _first(state, "error_msg", "description"))
    elif (old := _first(top, "error_code", "err_code")) is not None:
        _numbered(reading, "v1", old, _first(top, "error_msg", "description", "message"))
    elif (web := _first(top, "status_code", "statusCode")) is not None:
        _numbered(reading, "web", web, _first(top, "status_msg", "statusMsg"))
    if text_of(state.get("status")).upper() == "FAILED":
        reason = word(state.get("fail_reason"))
        reading.code = f"fail:{reason or 'unnamed'}"
        _add_family(reading, reason)
    if reading.status in {400, 401, 403, 200} and "." in reading.message and reading.code:
        reading.scopes = tuple(dict.fromkeys(_SCOPE.findall(reading.message)))
    reading.failed = reading.status >= 400 or bool(reading.code or reading.words)
    reading.request_id = _request_id(top, inner) or headers.get("x-tt-logid", "")


def _say(reading: Reading, code: str, message: object) -> None:
    reading.message = text_of(message) or reading.message
    if code in _GOOD:
        return
    reading.code = code
    if code in _OAUTH:
        reading.words.add(f"oauth:{code}")
    _add_family(reading, code)


def _numbered(reading: Reading, kind: str, code: object, message: object) -> None:
    """Note a number with the API that it belongs to: the same number means other things elsewhere."""
    digits = number(code)
    _say(reading, digits or word(code), message)
    if digits and reading.code:
        reading.code = f"{kind}:{digits}"
        reading.words = {f"said:{kind}", f"{kind}:{digits[:3]}"}


def _add_family(reading: Reading, code: str) -> None:
    """Note what a code's name tells of its kind, for those that no page lists."""
    if code.startswith("spam_risk"):
        reading.words.add("family:spam_risk")
    elif code.endswith(("_check_failed", "_pull_failed")):
        reading.words.add("family:media")


def _first(values: Mapping[str, Any], *names: str) -> object:
    return next((values[name] for name in names if name in values), None)


def _request_id(top: Mapping[str, Any], inner: Mapping[str, Any]) -> str:
    for name in ("log_id", "logid", "request_id"):
        if found := text_of(inner.get(name)) or text_of(top.get(name)):
            return found
    extra = mapping(top.get("extra")) or mapping(top.get("log_pb"))
    return text_of(extra.get("logid")) or text_of(extra.get("impr_id"))
