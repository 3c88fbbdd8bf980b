"""The ways in from outside: a small browser, and JSON over HTTP."""

import json
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen


class StoryBroke(AssertionError):
    """A step did not hold."""


class Browser:
    """As much of a browser as a sign-in needs: cookies, redirects, forms."""

    def __init__(self) -> None:
        self.cookies = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.cookies))
        self.at = ""

    def get(self, url: str) -> str:
        """Open a page."""
        return self._open(Request(url))

    def post(self, url: str, form: dict[str, str]) -> str:
        """Send a form."""
        return self._open(Request(url, urlencode(form).encode(), {"Referer": url}))

    def sign_in(self, site: str, email: str, password: str) -> None:
        """Sign in on our page."""
        self.get(f"{site}/sign-in/")
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        self.post(
            f"{site}/sign-in/", {"username": email, "password": password, "csrfmiddlewaretoken": token or ""}
        )

    def _open(self, request: Request) -> str:
        try:
            with self._opener.open(request, timeout=40) as answer:
                self.at = answer.url
                text: str = answer.read().decode()
                return text
        except HTTPError as refused:
            raise StoryBroke(f"{refused.url} answered {refused.code}") from None


def fetch_json(request: Request) -> Any:
    """Return the answer's JSON. :raises StoryBroke: when it is refused."""
    try:
        with urlopen(request, timeout=40) as answer:
            return json.load(answer)
    except HTTPError as refused:
        raise StoryBroke(f"{request.full_url} answered {refused.code}: {refused.read()[:300]!r}") from None
