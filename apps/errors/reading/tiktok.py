"""How TikTok says that something went wrong: its envelope, its status polls, its token endpoint."""

import re
from collections.abc import Mapping
from typing import Any

from apps.errors.reading.answer import Reading, mapping, number, text_of, word

_SCOPES = re.compile(r"\b(?:video\.(?:publish|upload|list)|user\.info\.[a-z]{4,10})\b")


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from an envelope."""
    top = mapping(data)
    error = top.get("error")
    inner = mapping(error) or (top if "code" in top and "message" in top else {})
    reading.code = word(inner.get("code"))
    if reading.code == "ok":
        reading.code = ""
    state = mapping(top.get("data"))
    _older_dialects(reading, top, state)
    if text_of(state.get("status")) == "FAILED":
        reading.code = f"fail:{word(state.get('fail_reason')) or 'unnamed'}"
    if isinstance(error, str):
        reading.words.add(f"oauth:{word(error)}")
    reading.failed = bool(reading.code or reading.words)
    reading.message = (
        text_of(inner.get("message")) or text_of(top.get("error_description")) or reading.message
    )
    reading.scopes = tuple(dict.fromkeys(_SCOPES.findall(reading.message)))
    reading.request_id = (
        text_of(inner.get("log_id")) or text_of(top.get("log_id")) or headers.get("x-tt-logid", "")
    )


def _older_dialects(reading: Reading, top: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """The first version's numbers stand under `data`, those of the web API on top."""
    older, web = number(data.get("error_code")), number(top.get("status_code"))
    if older not in {"", "0"}:
        reading.code = f"v1:{older}"
        reading.message = text_of(data.get("error_msg")) or text_of(data.get("description"))
    elif web not in {"", "0"}:
        reading.code = f"web:{web}"
        reading.message = text_of(top.get("status_msg"))
