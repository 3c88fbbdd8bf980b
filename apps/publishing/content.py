"""What a post may be: parsed, checked against what the connection can do, and given a fingerprint."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from apps.connections.connectors.interface import Capability, OptionsInvalid
from apps.connections.connectors.registry import connector_for
from apps.connections.connectors.text import normalise
from apps.connections.models import Connection
from apps.core.problems import Problem
from apps.publishing.models import Media

FIELDS = frozenset({"format", "text", "link", "media", "options"})


class ContentRefused(Problem):
    """The connection cannot publish this; `fields` says what and what to do."""

    code = "content_refused"
    status = 422
    title = "This post cannot be published like this"


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
        options = json.dumps(self.options, sort_keys=True, default=str)
        parts = [self.format, normalise(self.text), self.link, options, *map(str, self.media)]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def check(raw: object, *, connection: Connection) -> Content:
    """
    Read and check a post for a connection.

    :raises ContentRefused: with every problem at once.
    """
    problems: list[dict[str, str]] = []
    data = raw if isinstance(raw, dict) else {}
    if not isinstance(raw, dict):
        problems.append(
            _problem("content", "type", "Send an object with format, text, link, media and options.")
        )
    problems += [
        _problem(f"content.{name}", "unknown", "There is no such field.")
        for name in sorted(set(data) - FIELDS)
    ]
    content = Content(
        format=_text(data, "format", "text", problems),
        text=_text(data, "text", "", problems),
        link=_text(data, "link", "", problems),
        media=_media(data, connection, problems),
        options=_options(data, connection, problems),
    )
    problems += _capability_problems(content, connection)
    if problems:
        raise ContentRefused(detail="Nothing was stored.", fields=problems)
    return content


def _problem(field: str, rule: str, words: str) -> dict[str, str]:
    return {"field": field, "rule": rule, "message": words}


def _text(data: Mapping[str, Any], name: str, default: str, problems: list[dict[str, str]]) -> str:
    value = data.get(name, default)
    if not isinstance(value, str):
        problems.append(_problem(f"content.{name}", "type", "This must be text."))
        return default
    if "\x00" in value:
        problems.append(
            _problem(f"content.{name}", "characters", "This holds a character that cannot be shown.")
        )
    return value


def _media(
    data: Mapping[str, Any], connection: Connection, problems: list[dict[str, str]]
) -> tuple[UUID, ...]:
    found: list[UUID] = []
    for value in data.get("media") or []:
        try:
            media = Media.objects.for_tenant(connection.tenant_id).filter(pk=UUID(str(value))).first()
        except ValueError:
            media = None
        if media is None:
            problems.append(
                _problem("content.media", "unknown", "There is no such picture; upload it first.")
            )
        else:
            found.append(media.pk)
    return tuple(found)


def _options(
    data: Mapping[str, Any], connection: Connection, problems: list[dict[str, str]]
) -> Mapping[str, Any]:
    raw = data.get("options") or {}
    if not isinstance(raw, dict):
        problems.append(_problem("content.options", "type", "This must be an object."))
        return {}
    try:
        connector_for(connection.platform).parse_options(raw)
    except OptionsInvalid as error:
        problems.append(_problem(f"content.options.{error.field}", "option", error.message))
    return raw


def _capability_problems(content: Content, connection: Connection) -> list[dict[str, str]]:
    capabilities = connector_for(connection.platform).capabilities
    able = capabilities.get((connection.account_type, content.format))
    if able is None:
        formats = ", ".join(sorted(name for kind, name in capabilities if kind == connection.account_type))
        return [_problem("content.format", "format", f"This account takes {formats}.")]
    missing = [
        _problem(
            f"content.options.{name}", "required", f"A post of the format {content.format} needs its {name}."
        )
        for name in able.needs
        if not content.options.get(name)
    ]
    return [*missing, *_text_problems(content, able), *_media_problems(content, able, connection)]


def _text_problems(content: Content, able: Capability) -> list[dict[str, str]]:
    problems = []
    if not content.text and not content.media and not content.link:
        problems.append(_problem("content.text", "required", "Write something, or add a link or a picture."))
    if able.text_limit is not None and len(content.text) > able.text_limit:
        over = len(content.text) - able.text_limit
        words = f"It takes {able.text_limit} characters. Shorten this by {over}."
        problems.append(_problem("content.text", "length", words if able.text_limit else "It shows no text."))
    if content.format == "link" and not content.link:
        problems.append(_problem("content.link", "required", "A link post needs a link."))
    if content.link and urlsplit(content.link).scheme not in {"http", "https"}:
        problems.append(_problem("content.link", "link", "A link begins with https://."))
    return problems


def _media_problems(content: Content, able: Capability, connection: Connection) -> list[dict[str, str]]:
    least, most, noun = able.media_min, able.media_max, _noun(able)
    if not least <= len(content.media) <= most:
        words = (
            "This format takes no picture."
            if most == 0
            else f"This format takes {least} {noun}."
            if least == most
            else f"This format takes {least} to {most} {noun}s."
        )
        return [_problem("content.media", "count", words)]
    rows: Sequence[Media] = list(Media.objects.for_tenant(connection.tenant_id).filter(pk__in=content.media))
    return [problem for media in rows for problem in _one_media(media, able)]


def _noun(able: Capability) -> str:
    """Return what an author calls the media of a format."""
    kinds = {kind.split("/")[0] for kind in able.media_types}
    return {frozenset({"video"}): "film", frozenset({"image"}): "picture"}.get(frozenset(kinds), "file")


def _one_media(media: Media, able: Capability) -> list[dict[str, str]]:
    problems, noun = [], _noun(able)
    if able.media_types and media.content_type not in able.media_types:
        kinds = " or ".join(kind.split("/")[-1].upper() for kind in able.media_types)
        problems.append(_problem("content.media", "type", f"The {noun} must be {kinds}."))
    if able.max_bytes and media.size > able.max_bytes:
        megabytes = able.max_bytes // 1024 // 1024
        problems.append(_problem("content.media", "size", f"The {noun} may have {megabytes} MB at most."))
    if (
        able.ratios
        and media.width
        and media.height
        and not able.ratios[0] <= media.width / media.height <= able.ratios[1]
    ):
        problems.append(
            _problem("content.media", "ratio", "The picture must be between 4:5 and 1.91:1. Crop it.")
        )
    return problems
