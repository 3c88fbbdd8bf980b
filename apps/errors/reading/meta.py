"""How Meta says that something went wrong: Graph errors, batch items, containers, usage headers."""

import re
from collections.abc import Mapping
from typing import Any

from apps.errors.reading.answer import Reading, items, mapping, number, parse, text_of, word

_META_PREFIX = re.compile(r"^\s*\(#(\d{1,7})\)")
_META_INNER = re.compile(r"error code (\d{7})\b")


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
