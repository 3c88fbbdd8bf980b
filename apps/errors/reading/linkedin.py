"""How LinkedIn says that something went wrong: REST, its token endpoint, and the older XML and v1 answers."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from apps.errors.reading.answer import Reading, items, lone_object, mapping, number, text_of, word

# Java classes and bracketed words stand before the sentence that matters.
_PREFIX = re.compile(r"(?:(?:com\.)?linkedin\.[\w.$]{1,200}: |\[\w{1,40}\]\.? )+")
_XML = {
    name: re.compile(rf"<{tag}>([^<]{{0,500}})")
    for name, tag in {
        "message": "message",
        "serviceErrorCode": "(?:service-)?error-code",
        "requestId": "request-id",
    }.items()
}
_SCOPE = re.compile(r"\b(?:rw?|w)_[a-z]{2,30}(?:_[a-z0-9]{2,30}){0,4}\b")
_DAY = re.compile(r"throttle .{0,60}\bday limit", re.IGNORECASE)
# What a poll of an upload says; only the failed ones are errors by themselves.
_STATES = {
    "PROCESSING_FAILED": True,
    "CLIENT_ERROR": True,
    "SERVER_ERROR": True,
    "INCOMPLETE": True,
    "WAITING_UPLOAD": False,
    "PROCESSING": False,
    "MUTATING": False,
}


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from a REST or token answer."""
    top = lone_object(data) or _xml(reading.message)
    lowered = {_lower_first(text_of(key)): value for key, value in islice(top.items(), 50)}
    reading.failed = reading.status >= 400 or "error" in lowered
    if not reading.failed:
        lowered = _inside_a_success(reading, lowered)
    reading.code = number(lowered.get("serviceErrorCode"))
    _read_words(reading, lowered)
    said = text_of(lowered.get("message")) or text_of(lowered.get("error_description")) or reading.message
    reading.message = (
        _PREFIX.sub("", said[:600], count=1) if said.startswith(("com.", "[", "linkedin.")) else said
    )
    if reading.status in {400, 401, 403} and "_" in reading.message:
        reading.scopes = tuple(dict.fromkeys(_SCOPE.findall(reading.message)))
    if reading.retry_after is None and "DAY limit" in reading.message and _DAY.search(reading.message):
        reading.retry_after = _until_midnight(headers.get("date", ""))
    reading.request_id = (
        headers.get("x-li-uuid", "")
        or headers.get("x-li-request-id", "")
        or text_of(lowered.get("requestId"))
    )


def _read_words(reading: Reading, lowered: Mapping[str, Any]) -> None:
    words = {word(lowered[name]) for name in ("code", "errorDetailType") if lowered.get(name)}
    error = lowered.get("error")
    if isinstance(error, str):
        words.add(f"oauth:{word(error)}")
    details = lowered.get("errorDetails")
    if details:
        words.update(word(mapping(inner).get("code")) for inner in items(mapping(details).get("inputErrors")))
    if lowered.get("active") is False:
        reading.failed = True
        words.add(f"token:{word(lowered.get('status')) or 'unknown'}")
    elif reading.status < 400:
        states = {text_of(lowered.get("status"))}
        states.update(text_of(mapping(recipe).get("status")) for recipe in items(lowered.get("recipes")))
        for state in states & _STATES.keys():
            words.add(f"state:{state.lower()}")
            reading.failed = reading.failed or _STATES[state]
    reading.words |= words - {""}


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def _xml(text: str) -> Mapping[str, Any]:
    """Return the fields of v1's `<error>`, which was seen cut short."""
    if "<error" not in text[:200]:
        return {}
    found = {name: pattern.search(text) for name, pattern in _XML.items()}
    return {name: match[1].strip() for name, match in found.items() if match}


def _inside_a_success(reading: Reading, lowered: dict[str, Any]) -> dict[str, Any]:
    """Return the error that stands in an answer of 200: in its own status, or in a field that could not be filled."""
    if (status := _status(lowered)) and "message" in lowered:
        reading.status, reading.failed = status, True
        return lowered
    for key, value in lowered.items():
        if key.endswith("!") and (status := _status(mapping(value))):
            reading.status = status
            # The rest of such an answer is good: whoever reads the field decides.
            return {text_of(name): inner for name, inner in islice(mapping(value).items(), 50)}
    return lowered


def _status(value: Mapping[str, Any]) -> int:
    text = number(value.get("status"))
    return int(text) if text and 400 <= int(text) < 600 else 0


def _until_midnight(date: str) -> float | None:
    """Return the seconds to the end of the UTC day, when the day's budgets begin anew."""
    try:
        now = parsedate_to_datetime(date) if date else datetime.now(UTC)
        now = now.astimezone(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return (midnight - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
