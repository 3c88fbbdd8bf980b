"""How an endpoint that we know nothing of says that something went wrong."""

from collections.abc import Mapping
from typing import Any

from apps.errors.reading.answer import Reading, items, mapping, text_of

_NAMES = ("message", "detail", "error_description", "error", "title", "description", "reason")


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from the status and a message, if there is one."""
    top = mapping(data)
    reading.failed = reading.status >= 400
    places = (top, mapping(top.get("error")), *map(mapping, items(top.get("errors"))[:1]))
    said = (text_of(place.get(name)) for place in places for name in _NAMES)
    reading.message = next(filter(None, said), reading.message)
    reading.request_id = headers.get("x-request-id", "")
