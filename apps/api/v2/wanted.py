"""What a request to enqueue may say, alone or as one of many."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from apps.connections.models import Connection
from apps.core import said
from apps.core.problems import Problem

FIELDS = frozenset(
    {"kind", "connection", "due_at", "content", "remote_id", "allow_duplicate", "idempotency_key"}
)

# The database keeps moments that Python cannot read again, and one such row would stop every claim that meets it.
FIRST_YEAR, LAST_YEAR = 2000, 2999


class RequestInvalid(Problem):
    """The request has fields that are missing or wrong."""

    code = "request_invalid"
    status = 422
    title = "The request cannot be carried out like this"


class Wanted:
    """A checked request to enqueue. Every wrong field is named at once."""

    def __init__(self, raw: object, header_key: str | None, find: Callable[[str], Connection | None]) -> None:
        """
        Check a request; `find` returns the caller's own connection with the id that a word is.

        :raises RequestInvalid: with every problem.
        """
        self.problems: list[dict[str, str]] = []
        if not isinstance(raw, dict):
            raise RequestInvalid(detail="Send one JSON object.")
        self.raw: dict[str, Any] = raw
        self.kind = self._kind()
        self.due_at = self._due_at()
        self.key = self._key(header_key)
        found = self._connection(find)
        for name in sorted(set(raw) - FIELDS):
            self._wrong(str(name), "unknown", "There is no such field.")
        if self.problems or found is None:
            raise RequestInvalid(detail="Nothing was stored.", fields=self.problems)
        self.connection = found

    def _wrong(self, field: str, rule: str, words: str) -> None:
        self.problems.append({"field": field, "rule": rule, "message": words})

    def _kind(self) -> str:
        kind = self.raw.get("kind")
        if not isinstance(kind, str) or kind not in {"publish", "delete"}:
            self._wrong("kind", "choice", "Say publish or delete.")
        if kind == "delete" and not _is_line(self.raw.get("remote_id")):
            self._wrong("remote_id", "required", "Name the partner's id of the post to delete.")
        return str(kind)

    def _due_at(self) -> datetime | None:
        value = self.raw.get("due_at")
        if value is None:
            return None
        moment = said.moment(value)
        if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
            self._wrong("due_at", "time", "Give a time with its zone, such as 2026-11-24T12:00:00Z.")
            return None
        return moment

    def _key(self, header_key: str | None) -> str | None:
        key = self.raw.get("idempotency_key", header_key)
        if key is None:
            return None
        if not _is_line(key):
            self._wrong("idempotency_key", "length", "It must be one line of text of 1 to 255 characters.")
            return None
        return str(key)

    def _connection(self, find: Callable[[str], Connection | None]) -> Connection | None:
        word = self.raw.get("connection")
        found = find(word) if isinstance(word, str) else None
        if found is None:
            self._wrong("connection", "unknown", "You have no connection with this id.")
        return found


def _is_line(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 255 and value.isprintable()  # noqa: PLR2004 - the column
