"""How each partner says that something went wrong: from its body shapes to one Reading."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from apps.errors.reading.answer import (
    Reading,
    items,
    lower_headers,
    mapping,
    parse,
    retry_after,
    text_of,
    word,
)

_META_PREFIX = re.compile(r"^\s*\(#(\d{1,7})\)")
_META_INNER = re.compile(r"error code (\d{7})\b")
_SECONDS = re.compile(r"^(\d{1,6}(?:\.\d{1,9})?)s$")
_NUMBER = re.compile(r"-?\d{1,10}")


def read(platform: str, status: int, body: object, headers: object) -> Reading:
    """Return what the partner said; an unknown platform is read like plain HTTP."""
    names = lower_headers(headers)
    data, text = parse(body)
    reading = Reading(status=status, retry_after=retry_after(names))
    reading.html = text.lstrip()[:15].lower().startswith(("<!doctype", "<html"))
    if not isinstance(data, (dict, list)):
        reading.message = text_of(data) or text[:2000]
    _READERS.get(platform, _http)(reading, data, names)
    return reading


def _number(value: object) -> str:
    """An error number may come as a number or as a string."""
    text = text_of(value)
    return text if _NUMBER.fullmatch(text) else ""


def _meta(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    top = mapping(data[0] if isinstance(data, list) and data else data)
    if text_of(top.get("body")):  # a batch item: the answer is JSON in a string
        top = mapping(parse(text_of(top["body"]))[0]) or top
    error = mapping(top.get("error")) or mapping(mapping(top.get("data")).get("error"))
    reading.failed = bool(error) or "error" in top
    reading.code = _number(error.get("code")) or _number(top.get("error_code"))
    if not reading.code and "error_type" not in top:
        reading.code = _number(top.get("code"))
    reading.subcode = _number(error.get("error_subcode")) or _number(error.get("subcode"))
    reading.message = (
        text_of(error.get("message"))
        or text_of(top.get("error_message"))
        or text_of(top.get("error_description"))
        or text_of(top.get("error"))
        or reading.message
    )
    reading.transient = error.get("is_transient") is True
    reading.words = {word(error.get("type")), word(top.get("error_type"))} - {""}
    reading.request_id = text_of(error.get("fbtrace_id")) or headers.get("x-fb-trace-id", "")
    _meta_container(reading, top)
    if not reading.code and (found := _META_PREFIX.match(reading.message)):
        reading.code = found[1]
    if not reading.message:
        reading.message = headers.get("www-authenticate", "")
    _meta_usage(reading, headers)


def _meta_container(reading: Reading, top: Mapping[str, Any]) -> None:
    """A container that failed answers 200; its subcode stands in free text."""
    state = text_of(top.get("status_code"))
    if state in {"ERROR", "EXPIRED"}:
        reading.failed = True
        reading.words.add(f"container_{state.lower()}")
        reading.message = text_of(top.get("status"))
        if found := _META_INNER.search(reading.message):
            reading.subcode = found[1]


def _meta_usage(reading: Reading, headers: Mapping[str, str]) -> None:
    usage, _ = parse(headers.get("x-business-use-case-usage", ""))
    for entries in mapping(usage).values():
        for entry in items(entries):
            minutes = mapping(entry).get("estimated_time_to_regain_access")
            if isinstance(minutes, (int, float)) and 0 < minutes < 1e6 and reading.retry_after is None:
                reading.retry_after = float(minutes) * 60


def _linkedin(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    top = mapping(data)
    lowered = {text_of(key)[:1].lower() + text_of(key)[1:]: value for key, value in top.items()}
    reading.failed = reading.status >= 400 or "error" in lowered
    reading.code = _number(lowered.get("serviceErrorCode"))
    reading.words = {word(lowered.get("code")), word(lowered.get("errorDetailType"))} - {""}
    if isinstance(lowered.get("error"), str):
        reading.words.add(f"oauth:{word(lowered['error'])}")
    for inner in items(mapping(lowered.get("errorDetails")).get("inputErrors")):
        reading.words.add(word(mapping(inner).get("code")))
    reading.message = (
        text_of(lowered.get("message")) or text_of(lowered.get("error_description")) or reading.message
    )
    reading.request_id = headers.get("x-li-uuid", "") or headers.get("x-li-request-id", "")


def _tiktok(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    top = mapping(data)
    error = top.get("error")
    inner = mapping(error) or (top if "code" in top and "message" in top else {})
    reading.code = word(inner.get("code"))
    if reading.code == "ok":
        reading.code = ""
    state = mapping(top.get("data"))
    if text_of(state.get("status")) == "FAILED":
        reading.code = f"fail:{word(state.get('fail_reason')) or 'unnamed'}"
    if isinstance(error, str):
        reading.code = f"oauth:{word(error)}"
    reading.failed = bool(reading.code)
    reading.message = (
        text_of(inner.get("message")) or text_of(top.get("error_description")) or reading.message
    )
    reading.request_id = (
        text_of(inner.get("log_id")) or text_of(top.get("log_id")) or headers.get("x-tt-logid", "")
    )


def _google(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    top = mapping(data[0] if isinstance(data, list) and data else data)
    error = top.get("error")
    if isinstance(error, str):
        _oauth_words(reading, top)
        return
    inner = mapping(error) or (top if "errors" in top or "status" in top else {})
    reading.failed = bool(inner)
    reading.message = text_of(inner.get("message")) or reading.message
    reading.words = {f"status:{word(inner.get('status'))}"} - {"status:"}
    for legacy in items(inner.get("errors")):
        reading.words.add(f"legacy:{word(mapping(legacy).get('reason'))}")
    for detail in items(inner.get("details")):
        _google_detail(reading, mapping(detail))
    reading.request_id = headers.get("x-goog-request-id", "")
    # A local post that was accepted and then refused is an answer with status 200.
    if text_of(top.get("state")) == "REJECTED":
        reading.failed = True
        reading.words.add("state:rejected")


def _google_detail(reading: Reading, detail: Mapping[str, Any]) -> None:
    if reason := word(detail.get("reason")).replace("_", ""):  # seen as QUOTA_EXCEEDED and as quotaExceeded
        reading.words.add(f"reason:{reason}")
    facts = mapping(detail.get("metadata"))
    if text_of(facts.get("quota_limit_value")) == "0":
        reading.words.add("quota:zero")
    if text_of(facts.get("quota_unit")).startswith("1/d"):
        reading.words.add("quota:day")
    if found := _SECONDS.match(text_of(detail.get("retryDelay"))):
        reading.retry_after = float(found[1])
    for problem in items(detail.get("errorDetails")):
        field = text_of(mapping(problem).get("field"))
        number = _number(mapping(problem).get("code"))
        media = field.split(".")[0].split("[")[0] == "media" or (
            number.isdigit() and 1000 <= int(number) <= 1099
        )
        reading.words.add("field:media" if media else "field:content")


def _mailchimp(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    top = mapping(data)
    reading.failed = reading.status >= 400 or "error" in top
    reading.words = {word(top.get("title")), word(top.get("error"))} - {""}
    if word(top.get("type")) == "akamai_error_message":
        reading.words.add("akamai")
    if items(top.get("errors")):
        reading.words.add("has_fields")
    details = [text_of(mapping(problem).get("message")) for problem in items(top.get("errors"))]
    reading.message = (
        " ".join([text_of(top.get("detail")) or text_of(top.get("error_description")), *details]).strip()
        or reading.message
    )
    reading.request_id = headers.get("x-request-id", "") or text_of(top.get("instance"))


def _oauth_words(reading: Reading, top: Mapping[str, Any]) -> None:
    reading.failed = True
    reading.words = {f"oauth:{word(top.get('error'))}"}
    if subtype := word(top.get("error_subtype")):
        reading.words.add(f"subtype:{subtype}")
    reading.message = text_of(top.get("error_description"))


def _http(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    top = mapping(data)
    reading.failed = reading.status >= 400
    reading.message = text_of(top.get("message")) or text_of(top.get("detail")) or reading.message
    reading.request_id = headers.get("x-request-id", "")


_READERS: dict[str, Callable[[Reading, Any, Mapping[str, str]], None]] = {
    "meta": _meta,
    "linkedin": _linkedin,
    "tiktok": _tiktok,
    "gbp": _google,
    "google_api": _google,
    "mailchimp": _mailchimp,
    "http": _http,
}
