"""How Google says that something went wrong: one envelope for Business Profile and the other APIs."""

import re
from collections.abc import Mapping
from typing import Any

from apps.errors.reading import oauth
from apps.errors.reading.answer import Reading, items, mapping, number, text_of, word

_SECONDS = re.compile(r"^(\d{1,6}(?:\.\d{1,9})?)s$")


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from google.rpc.Status, the legacy list or a token answer."""
    top = mapping(data[0] if isinstance(data, list) and data else data)
    error = top.get("error")
    if isinstance(error, str):
        oauth.read_words(reading, top)
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
        code = number(mapping(problem).get("code"))
        media = field.split(".")[0].split("[")[0] == "media" or (code.isdigit() and 1000 <= int(code) <= 1099)
        reading.words.add("field:media" if media else "field:content")
