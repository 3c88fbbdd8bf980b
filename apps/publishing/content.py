"""What a post may be: parsed, checked against what the connection can do, and given a fingerprint."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from apps.connections.connectors.interface import OptionsInvalid, PostDraft
from apps.connections.connectors.registry import connector_for
from apps.connections.connectors.text import normalise
from apps.connections.guard import validate_publish_capability
from apps.connections.limits import CapabilityProblem
from apps.connections.models import Connection
from apps.core import said
from apps.core.ids import id_of
from apps.core.problems import Problem
from apps.publishing.media import reference
from apps.publishing.models import Media

FIELDS = frozenset({"format", "text", "link", "media", "options"})


class ContentRefused(Problem):
    """The connection cannot publish this; `fields` says what and what to do."""

    code = "content_refused"
    status = 422
    title = "This post cannot be published like this"

    def __init__(self, connection: Connection, problems: Sequence[CapabilityProblem]) -> None:
        super().__init__(detail="Nothing was stored.", fields=[one.to_json() for one in problems])
        self.connection = connection  # interfaces make the link of a reconnect from it


@dataclass(frozen=True, slots=True)
class Content:
    """A checked post."""

    format: str
    text: str
    link: str
    media: tuple[UUID, ...]
    options: Mapping[str, Any]

    def to_args(self) -> dict[str, Any]:
        """Return it as a job keeps it."""
        return {
            "format": self.format,
            "text": self.text,
            "link": self.link,
            "media": [str(one) for one in self.media],
            "options": dict(self.options),
        }

    def fingerprint(self) -> str:
        """Return what makes two posts the same to a reader."""
        options = json.dumps(self.options, sort_keys=True, default=str) if self.options else "{}"
        parts = [self.format, normalise(self.text), self.link, options, *map(str, self.media)]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def check(raw: object, *, connection: Connection, granted: Collection[str] | None = None) -> Content:
    """
    Read and check a post for a connection; who has read already what its credential may do says so in `granted`.

    :raises ContentRefused: with every problem at once.
    """
    reader = _Reader(raw, connection)
    problems = [*reader.problems, *validate_publish_capability(connection, reader.draft, granted=granted)]
    if problems:
        raise ContentRefused(connection, problems)
    return reader.content


class _Reader:
    """A post as somebody sent it, read field by field; what cannot be read is noted and left out."""

    def __init__(self, raw: object, connection: Connection) -> None:
        self.problems: list[CapabilityProblem] = []
        self._connection = connection
        self._data = self._object(raw)
        for name in sorted(set(self._data) - FIELDS):
            self._wrong(str(name), "unknown", "There is no such field.")
        media, options = self._media(), self._options()
        self.content = Content(
            format=self._text("format", "text"),
            text=self._text("text"),
            link=self._text("link"),
            media=tuple(one.pk for one in media),
            options=options,
        )
        self.draft = PostDraft(
            format=self.content.format,
            text=self.content.text,
            link=self.content.link,
            media=tuple(reference(one) for one in media),
            options=self._parsed(options),
        )

    def _wrong(self, name: str, rule: str, words: str) -> None:
        self.problems.append(CapabilityProblem(f"content.{name}" if name else "content", rule, words))

    def _object(self, raw: object) -> Mapping[str, Any]:
        if isinstance(raw, dict):
            return raw
        self._wrong("", "type", "Send an object with format, text, link, media and options.")
        return {}

    def _text(self, name: str, default: str = "") -> str:
        value = self._data.get(name, default)
        if not isinstance(value, str):
            self._wrong(name, "type", "This must be text.")
            return default
        if not said.can_be_kept(value):
            self._wrong(name, "characters", "This holds a character that cannot be shown.")
        return value

    def _media(self) -> list[Media]:
        wanted = self._data.get("media") or []
        if not isinstance(wanted, list):
            self._wrong("media", "type", "This must be a list of uploads.")
            return []
        if not wanted:
            return []
        ids = [id_of(one) for one in wanted]
        rows = Media.objects.for_tenant(self._connection.tenant_id).in_bulk([one for one in ids if one])
        for one in ids:
            if one not in rows:
                self._wrong("media", "unknown", "There is no such picture; upload it first.")
        return [rows[one] for one in ids if one in rows]

    def _options(self) -> Mapping[str, Any]:
        raw = self._data.get("options") or {}
        if not isinstance(raw, dict):
            self._wrong("options", "type", "This must be an object.")
        elif not _can_be_kept(raw):
            self._wrong("options", "characters", "This holds a character or a number that cannot be kept.")
        else:
            return raw
        return {}

    def _parsed(self, options: Mapping[str, Any]) -> Any:
        """Return the platform's own options; None when they cannot be read."""
        try:
            return connector_for(self._connection.platform).parse_options(options)
        except OptionsInvalid as error:
            self._wrong(f"options.{error.field}", "option", error.message)
            return None


def _can_be_kept(options: Mapping[str, Any]) -> bool:
    """Return False for half a character, a NUL, or a number beyond 64 bits: the database or its driver refuses them."""
    try:
        return b"\\u0000" not in orjson.dumps(options)
    except TypeError:
        return False
