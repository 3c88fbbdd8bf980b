"""How an endpoint that we know nothing of says that something went wrong."""

from collections.abc import Mapping
from typing import Any

from apps.errors.reading.answer import Reading, mapping, text_of


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from the status and a message, if there is one."""
    top = mapping(data)
    reading.failed = reading.status >= 400
    reading.message = text_of(top.get("message")) or text_of(top.get("detail")) or reading.message
    reading.request_id = headers.get("x-request-id", "")
