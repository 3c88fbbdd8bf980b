"""The wire to a partner: one request, one answer, and who we are to it."""

import json
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to a partner. `writes` says whether it may change something over there."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    body: bytes | AsyncIterable[bytes] | None = None
    writes: bool = True
    budget: str = "write"
    time_limit: float = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A partner's answer as it came over the wire; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """True for a 2xx status, which at some partners proves nothing yet."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the definition of success in HTTP

    def json(self) -> Any:
        """Return the parsed body, or None when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def value(self, *path: str) -> Any:
        """Return a value inside the JSON body by keys, or None where a key is missing."""
        found = self.json()
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    @property
    def date(self) -> datetime | None:
        """The partner's own clock, from its Date header."""
        try:
            return parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError):
            return None


class Wire(Protocol):
    """The only way out: one `send` is one request on the wire, counted, fenced and capped."""

    last: Answer | None

    async def send(self, request: Request) -> Answer:
        """
        Send the request once and return the answer, whatever its status.

        :raises apps.connections.wire.WireFailed: when no complete answer came; it knows whether bytes were sent.
        """
        ...


@dataclass(frozen=True, slots=True)
class PartnerApp:
    """Who we are to the partner: client id and secrets, base URLs by settings name, API version."""

    client_id: str
    client_secret: str = field(repr=False)
    urls: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    other_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
