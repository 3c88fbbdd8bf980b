"""How Meta says that something went wrong: Graph errors, batch items, containers, usage headers."""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from apps.errors.reading.answer import Reading, items, mapping, number, parse, text_of, word

_PREFIX = re.compile(r"^\s*\(#(\d{1,7})\)")
_SCOPES = re.compile(r"\b(?:pages|instagram|ads|business|read|publish)_[a-z_]{4,40}\b")
_INNER = re.compile(r"error code (\d{7})\b")


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from the Graph API's answer."""
    top = mapping(data[0] if isinstance(data, list) and data else data)
    if text_of(top.get("body")):  # a batch item: the answer is JSON in a string
        top = mapping(parse(text_of(top["body"]))[0]) or top
    error = mapping(top.get("error")) or mapping(mapping(top.get("data")).get("error"))
    reading.failed = bool(error) or "error" in top
    reading.code = number(error.get("code")) or number(top.get("error_code"))
    if not reading.code and "error_type" not in top:
        reading.code = number(top.get("code"))
    reading.subcode = number(error.get("error_subcode")) or number(error.get("subcode"))
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
    if reading.code:
        reading.words.add("numbered")
    _container(reading, top)
    _upload(reading, mapping(top.get("debug_info")))
    if not reading.code and (found := _PREFIX.match(reading.message)):
        reading.code = found[1]
    if not reading.message:
        reading.message = headers.get("www-authenticate", "")
    reading.scopes = tuple(dict.fromkeys(_SCOPES.findall(reading.message)))
    _usage(reading, headers)


def _container(reading: Reading, top: Mapping[str, Any]) -> None:
    """A container that failed answers 200; its subcode stands in free text."""
    state = text_of(top.get("status_code")) or text_of(top.get("status"))  # the second is Threads' dialect
    if state in {"ERROR", "EXPIRED"}:
        reading.failed = True
        reading.words.add(f"container_{state.lower()}")
        reading.message = text_of(top.get("error_message")) or text_of(top.get("status"))
        if found := _INNER.search(reading.message):
            reading.subcode = found[1]


def _upload(reading: Reading, debug: Mapping[str, Any]) -> None:
    """The upload host says why in JSON that stands in a string."""
    if not debug:
        return
    reading.failed = True
    reading.words.add("upload")
    reading.transient = debug.get("retriable") is True
    inner = mapping(mapping(parse(text_of(debug.get("message")))[0]).get("error"))
    reading.message = text_of(inner.get("message")) or text_of(debug.get("message"))


def _usage(reading: Reading, headers: Mapping[str, str]) -> None:
    usage, _ = parse(headers.get("x-business-use-case-usage", ""))
    for entries in islice(mapping(usage).values(), 20):
        for entry in items(entries):
            minutes = mapping(entry).get("estimated_time_to_regain_access")
            if isinstance(minutes, (int, float)) and 0 < minutes < 1e6 and reading.retry_after is None:
                reading.retry_after = float(minutes) * 60
