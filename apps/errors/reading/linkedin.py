"""How LinkedIn says that something went wrong."""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from apps.errors.reading.answer import Reading, items, mapping, number, text_of, word

_SCOPES = re.compile(r"\b[rw]_(?:member|organization|compliance|basicprofile)[a-z_]{0,30}\b")


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from a REST or token answer."""
    top = mapping(data)
    lowered = {text_of(key)[:1].lower() + text_of(key)[1:]: value for key, value in islice(top.items(), 50)}
    reading.failed = reading.status >= 400 or "error" in lowered
    reading.code = number(lowered.get("serviceErrorCode"))
    reading.words = {word(lowered.get("code")), word(lowered.get("errorDetailType"))} - {""}
    if isinstance(lowered.get("error"), str):
        reading.words.add(f"oauth:{word(lowered['error'])}")
    for inner in items(mapping(lowered.get("errorDetails")).get("inputErrors")):
        reading.words.add(word(mapping(inner).get("code")))
    reading.message = (
        text_of(lowered.get("message")) or text_of(lowered.get("error_description")) or reading.message
    )
    reading.scopes = tuple(dict.fromkeys(_SCOPES.findall(reading.message)))
    reading.request_id = headers.get("x-li-uuid", "") or headers.get("x-li-request-id", "")
