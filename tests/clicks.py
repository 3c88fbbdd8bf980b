"""A person at the console who sees only what the pages show, and whose clicks are counted."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.utils.datastructures import MultiValueDict


@dataclass
class _Thing:
    """A link or a button: what it says, and what a press on it does."""

    words: str
    href: str = ""
    form: "_Form | None" = None
    name: str = ""
    value: str = ""


@dataclass
class _Form:
    """A form with what it would send if nobody touched it."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class _Page(HTMLParser):
    """Collects the links and buttons of the page's own part."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.things: list[_Thing] = []
        self._open: _Thing | None = None
        self._form: _Form | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = _Form(given.get("action", ""), given.get("method", "get"))
        elif tag == "input" and self._form:
            sends = given.get("type") != "checkbox" or "checked" in given
            if sends and given.get("name"):
                self._form.fields.append((given["name"], given.get("value", "on")))
        elif tag in {"a", "button"}:
            self._open = _Thing(
                given.get("aria-label", ""),
                given.get("href", ""),
                self._form if tag == "button" else None,
                given.get("name", ""),
                given.get("value", ""),
            )

    def handle_data(self, data: str) -> None:
        if self._open and data.strip():
            self._open.words += f" {data.strip()}"

    def handle_endtag(self, tag: str) -> None:
        if tag in {"a", "button"} and self._open:
            self.things.append(self._open)
            self._open = None
        if tag == "form":
            self._form = None


class Person:
    """Opens a page and clicks on what is there, by its words."""

    def __init__(self, browser: Client, url: str) -> None:
        self.browser, self.url, self.clicks = browser, url, 0
        self.page: Any = browser.get(url)

    def click(self, *words: str) -> None:
        """Press the first link or button that says all of this."""
        things = _Page(self.page.content.decode()).things
        found = next((one for one in things if all(word in one.words for word in words)), None)
        assert found, f"{words} is not on {self.url}: {[one.words for one in things]}"
        self.clicks += 1
        if found.form is None:
            self._open(found.href)
        else:
            self._send(found, found.form)

    def _open(self, href: str) -> None:
        self.page = self.browser.get(href, follow=True)
        self.url = self.page.redirect_chain[-1][0] if self.page.redirect_chain else href

    def _send(self, button: _Thing, form: _Form) -> None:
        fields = [*form.fields, *([(button.name, button.value)] if button.name else [])]
        data: MultiValueDict[str, str] = MultiValueDict()
        for name, value in fields:
            data.appendlist(name, value)
        self.page = self.browser.post(form.action or self.url, dict(data.lists()), follow=True)
        self.url = self.page.redirect_chain[-1][0] if self.page.redirect_chain else self.url
