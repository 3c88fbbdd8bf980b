"""How Mailchimp says that something went wrong: problem documents, field lists, the firewall."""

from collections.abc import Mapping
from typing import Any

from apps.errors.reading.answer import Reading, items, mapping, text_of, word


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from a problem document."""
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
