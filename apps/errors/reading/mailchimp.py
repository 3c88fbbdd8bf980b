"""How Mailchimp says that something went wrong: problem documents, field lists, batches, the firewall."""

import json
import re
from collections.abc import Mapping
from typing import Any

from apps.errors.reading import oauth
from apps.errors.reading.answer import Reading, items, mapping, number, text_of, word

_PIECE = re.compile(r'\\?"(title|detail)\\?"\s{0,9}:\s{0,9}\\?"([^"\\]{1,300})')
_SEE_FIELDS = "The resource submitted could not be validated"
_FIREWALL = re.compile(
    r"akamai|access denied|request blocked|looked suspicious|reference\s(?:#|number)", re.IGNORECASE
)
# Words that say that we sent the wrong form, not that the author wrote something wrong.
_SCHEMA = re.compile(
    r"^Schema describes|^Required fields were not provided|found instead$|not one of the accepted values"
)


def read(reading: Reading, data: Any, headers: Mapping[str, str]) -> None:
    """Fill the reading from a problem document."""
    top = _first_failure(reading, data)
    if isinstance(top.get("error"), str) and not top.get("title") and not top.get("name"):
        oauth.read_words(reading, top)
    elif top:
        _read_problem(reading, top)
    else:
        _read_text(reading)
    reading.failed = reading.status >= 400 or bool(reading.words - {"untitled"})
    reading.request_id = headers.get("x-request-id", "") or text_of(top.get("instance"))


def _first_failure(reading: Reading, data: Any) -> Mapping[str, Any]:
    """Return the problem itself; a batch hides each in a string, under a status of its own."""
    for result in map(mapping, items(data)):
        inside = _decoded(result.get("response"))
        status = number(result.get("status_code"))
        if len(status) == 3 and status[0] in "45":
            reading.status = int(status)
            return inside
        if status == "" and result:
            return result
    return mapping(data)


def _decoded(text: object) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(text_of(text)))
    except (ValueError, RecursionError):
        return {}


def _read_problem(reading: Reading, top: Mapping[str, Any]) -> None:
    status = number(top.get("status"))
    # Client libraries and proxies pass a problem on under their own 200.
    if reading.status < 400 and len(status) == 3 and status[0] in "45":
        reading.status = int(status)
    title = _plain(top.get("title") or top.get("name"))  # `name`: as API 2.0 and Transactional say it
    if reading.status >= 400 or "detail" in top or "code" in top:
        reading.words.add(title or "untitled")
    if title.startswith("akamai") or top.get("type") == "akamai_error_message":
        reading.words.add("akamai")
    problems = [mapping(problem) for problem in items(top.get("errors"))]
    said = [text_of(problem.get("message")) or text_of(problem.get("error")) for problem in problems]
    if said and all(_SCHEMA.search(each) for each in said):
        reading.words.add("schema")
    for problem in problems:
        if "error_code" in problem:  # a batch took a part: 200, and the rest is told here
            reading.words.add(_plain(problem["error_code"]))
    detail = text_of(top.get("detail")) or text_of(top.get("error")) or text_of(top.get("message"))
    if any(said) and detail.startswith(_SEE_FIELDS):
        detail = ""
    reading.message = " ".join([detail, *said]).strip() or reading.message


def _read_text(reading: Reading) -> None:
    """Read what is left of a document that was cut off, and the firewall's page."""
    found = dict(_PIECE.findall(reading.message[:2000]))
    if found:
        reading.words.add(_plain(found.get("title")) or "untitled")
        reading.message = found.get("detail", "")
    elif _FIREWALL.search(reading.message[:1000]):
        reading.words.add("akamai")
    elif reading.message and not reading.html:
        reading.words.add("untitled")


def _plain(title: object) -> str:
    return word(title).replace("_", "").replace("-", "")
