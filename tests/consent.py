"""What a person does on a partner's consent page, by plain HTTP."""

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPErrorProcessor, Request, build_opener


class _NoRedirects(HTTPErrorProcessor):
    def http_response(self, request: Any, response: Any) -> Any:
        return response


_opener = build_opener(_NoRedirects)


def answer(page: str, *, user: str, decision: str = "allow", without: Collection[str] = ()) -> str:
    """Open the page, untick some scopes, decide; return where the partner sends the browser."""
    with _opener.open(page, timeout=10) as shown:
        if shown.headers["Location"]:
            return str(shown.headers["Location"])  # refused before anybody was asked
        offered = re.findall(r'name="scope:([^"]+)"', shown.read().decode())
    ticked = {f"scope:{scope}": "1" for scope in offered if scope not in without}
    form = urlencode({"user": user, "decision": decision, **ticked}).encode()
    with _opener.open(Request(page, form), timeout=10) as sent:
        return str(sent.headers["Location"])
