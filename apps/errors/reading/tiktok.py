"""How TikTok says that something went wrong: its envelope, its status polls, its token endpoint."""

from collections.abc import Mapping
from typing import Any

from apps.errors.reading.answer import Reading, mapping, text_of, word


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from an envelope."""
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
        reading.words.add(f"oauth:{word(error)}")
    reading.failed = bool(reading.code or reading.words)
    reading.message = (
        text_of(inner.get("message")) or text_of(top.get("error_description")) or reading.message
    )
    reading.request_id = (
        text_of(inner.get("log_id")) or text_of(top.get("log_id")) or headers.get("x-tt-logid", "")
    )
