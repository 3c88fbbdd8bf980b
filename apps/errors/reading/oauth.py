"""How a token endpoint says that something went wrong (RFC 6749, section 5.2), and a resource (RFC 6750)."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from apps.errors.reading.answer import Reading, mapping, text_of, word

_FORM = re.compile(r"^\??(?:\w{1,40}=[^&\s]{0,400}&){0,10}error=\w")
_CHALLENGE = re.compile(r'\b(error|error_description|scope)="([^"]{0,400})"')


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from {"error": "invalid_grant", ...}, from the same as a form, or from the challenge."""
    reading.request_id = headers.get("x-request-id", "")
    top = mapping(data[0] if isinstance(data, list) and data else data)
    if not top and _FORM.match(reading.message):
        top = dict(parse_qsl(reading.message.removeprefix("?")))
    if not isinstance(top.get("error"), str):
        top = (mapping(top.get("error")) and _flat(mapping(top.get("error")))) or challenge(headers) or top
    if isinstance(top.get("error"), str):
        read_words(reading, top)
    reading.failed = reading.status >= 400 or bool(top.get("error"))


def read_words(reading: Reading, top: Mapping[str, Any]) -> None:
    """Note the error's word, as `oauth:<error>`."""
    reading.failed = True
    reading.words = {f"oauth:{word(top.get('error'))}"} - {"oauth:"}
    if subtype := word(top.get("error_subtype")):
        reading.words.add(f"subtype:{subtype}")
    reading.message = text_of(top.get("error_description")) or text_of(top.get("message"))
    if "oauth:insufficient_scope" in reading.words:
        reading.scopes = tuple(text_of(top.get("scope")).split()[:20])


def challenge(headers: Mapping[str, str]) -> dict[str, Any]:
    """Return what a `WWW-Authenticate: Bearer` header says, in the names of a body."""
    said = headers.get("www-authenticate", "")
    return dict(_CHALLENGE.findall(said[:2000])) if "error=" in said else {}


def _flat(error: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"error": {"code": "invalid_grant", "message": ...}} in the standard's names."""
    name = next((text_of(error[key]) for key in ("error", "type", "code") if error.get(key)), "")
    said = text_of(error.get("message")) or text_of(error.get("error_description"))
    return {"error": name, "error_description": said}
