"""How a token endpoint says that something went wrong (RFC 6749, section 5.2)."""

from collections.abc import Mapping
from typing import Any

from apps.errors.reading.answer import Reading, mapping, text_of, word


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from {"error": "invalid_grant", ...}."""
    top = mapping(data)
    reading.failed = reading.status >= 400 or "error" in top
    if isinstance(top.get("error"), str):
        read_words(reading, top)
    reading.request_id = headers.get("x-request-id", "")


def read_words(reading: Reading, top: Mapping[str, Any]) -> None:
    """Note the error's word, as `oauth:<error>`."""
    reading.failed = True
    reading.words = {f"oauth:{word(top.get('error'))}"}
    if subtype := word(top.get("error_subtype")):
        reading.words.add(f"subtype:{subtype}")
    reading.message = text_of(top.get("error_description"))
