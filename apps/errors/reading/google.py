"""How Google says that something went wrong: one envelope for Business Profile and the other APIs."""

import re
from collections.abc import Mapping
from typing import Any

from apps.errors.reading import oauth
from apps.errors.reading.answer import Reading, items, mapping, number, text_of, word

_SECONDS = re.compile(r"^(\d{1,6}(?:\.\d{1,9})?)s$")
_SCOPE = re.compile(r"https://www\.googleapis\.com/auth/[\w.]{1,60}")
_PHOTO = re.compile(r"media|photo|image|video|source_?url", re.IGNORECASE)
_PARAMETER = re.compile(
    r"(?:^|[._])(?:read_?mask|update_?mask|page_?(?:size|token)|parent|name)$", re.IGNORECASE
)
# What protobuf's JSON parser says: our request has the wrong form, whatever the author wrote.
_UNPARSED = re.compile(r"^(?:Invalid JSON payload|Invalid value at|Unknown name|Request is missing)")
_PIECE = re.compile(r'\\?"(status|reason|message)\\?"\s{0,9}:\s{0,9}\\?"([^"\\]{1,300})')
# google.rpc.Code, as gRPC gateways print it.
_RPC = (
    "",
    "cancelled",
    "unknown",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal",
    "unavailable",
    "data_loss",
    "unauthenticated",
)


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from google.rpc.Status, the legacy list or a token answer."""
    reading.request_id = headers.get("x-goog-request-id", "")
    top = mapping(data[0] if isinstance(data, list) and data else data)
    if isinstance(top.get("error"), str) or ("error" not in top and top.get("error_description")):
        oauth.read_words(reading, top)
        return
    inner = mapping(top.get("error")) or (top if _is_status(reading, top) else {})
    reading.failed = bool(inner)
    reading.message = text_of(inner.get("message")) or reading.message
    _read_status(reading, inner)
    for legacy in items(inner.get("errors")):
        _read_reason(reading, mapping(legacy).get("reason"))
    for detail in items(inner.get("details")):
        _read_detail(reading, mapping(detail))
    # A local post that was accepted and then refused is an answer with status 200.
    if text_of(top.get("state")) == "REJECTED":
        reading.failed = True
        reading.words.add("state:rejected")
    if not top:
        _read_pieces(reading)
    challenge = headers.get("www-authenticate", "")
    reading.scopes = tuple(dict.fromkeys(_SCOPE.findall(f"{reading.message} {challenge}"[:4000])))


def _is_status(reading: Reading, top: Mapping[str, Any]) -> bool:
    """Return True when the envelope's inside stands bare; a resource of our own may have a `status`, too."""
    names = top.keys() & {"errors", "status", "code", "details"}
    return bool(names) and (reading.status >= 400 or "message" in top)


def _read_status(reading: Reading, inner: Mapping[str, Any]) -> None:
    code = number(inner.get("code"))
    status = word(inner.get("status"))
    if not status and code.isdigit() and int(code) < len(_RPC):
        status = _RPC[int(code)]
    if status and not status.isdigit():
        reading.words.add(f"status:{status}")
    # Batches and proxies wrap a refusal in a 200.
    if reading.status < 400 and len(code) == 3 and code[0] in "45":
        reading.status = int(code)


def _read_reason(reading: Reading, reason: object) -> None:
    if plain := word(reason).replace("_", ""):  # seen as QUOTA_EXCEEDED and as quotaExceeded
        reading.words.add(f"reason:{plain}")


def _read_detail(reading: Reading, detail: Mapping[str, Any]) -> None:
    _read_reason(reading, detail.get("reason"))
    facts = mapping(detail.get("metadata"))
    _read_quota(reading, facts.get("quota_limit_value"), facts.get("quota_unit"), facts.get("quota_limit"))
    for violation in map(mapping, items(detail.get("violations"))):
        _read_quota(reading, violation.get("quotaValue"), "", violation.get("quotaId"))
    if found := _SECONDS.match(text_of(detail.get("retryDelay"))):
        reading.retry_after = float(found[1])
    for problem in map(mapping, items(detail.get("errorDetails"))):
        _read_field(reading, problem, text_of(problem.get("message")))
    for problem in map(mapping, items(detail.get("fieldViolations"))):
        _read_field(reading, problem, text_of(problem.get("description")))


def _read_quota(reading: Reading, value: object, unit: object, name: object) -> None:
    if text_of(value) == "0":
        reading.words.add("quota:zero")
    if text_of(unit).startswith("1/d") or "perday" in word(name):
        reading.words.add("quota:day")


def _read_field(reading: Reading, problem: Mapping[str, Any], said: str) -> None:
    """Note what kind of field is wrong, and the code as a name or as its range."""
    field = text_of(problem.get("field"))
    code = text_of(problem.get("code"))
    kind = code[:-2] if len(code) == 4 and code.isdigit() else word(code).replace("_", "")
    if kind:
        reading.words.add(f"problem:{kind}")
    if _UNPARSED.match(said) or _PARAMETER.search(field):
        reading.words.add("field:request")
    elif kind == "10" or _PHOTO.search(field):
        reading.words.add("field:media")
    else:
        reading.words.add("field:content")


def _read_pieces(reading: Reading) -> None:
    """Read what is left of a body that was cut off or printed into a log line."""
    for name, value in _PIECE.findall(reading.message[:2000]):
        if name == "message":
            reading.message = value
        elif name == "reason":
            _read_reason(reading, value)
        else:
            reading.words.add(f"status:{word(value)}")
