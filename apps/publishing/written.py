"""One written post, as each of its accounts gets it: the format follows from what it holds and what the account takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from apps.connections import limits
from apps.connections.connectors.capability import Capability
from apps.connections.connectors.interface import MediaRef, PostDraft
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Connection
from apps.publishing.media import reference
from apps.publishing.models import Media


class Style(StrEnum):
    """What a film or picture is meant as, where an account has more than one place for it."""

    POST = "post"
    REEL = "reel"
    STORY = "story"


_NAMED = ("offer", "event")  # are what a post is as soon as it holds one; an offer's time is an event
_WORDS = ("text", "link", "update", "campaign")
_PICTURES = ("image", "images", "carousel")
_FILMS = ("video", "reel", "carousel")


@dataclass(frozen=True, slots=True)
class Written:
    """What an author wrote, before any account has said how it takes it."""

    text: str = ""
    link: str = ""
    media: tuple[UUID, ...] = ()
    style: Style = Style.POST
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by platform

    def to_json(self) -> dict[str, Any]:
        """Return it as a post keeps it."""
        return {
            "text": self.text,
            "link": self.link,
            "media": [str(one) for one in self.media],
            "style": self.style.value,
            "options": {platform: dict(said) for platform, said in self.options.items()},
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Return what a post kept."""
        return cls(
            text=kept.get("text", ""),
            link=kept.get("link", ""),
            media=tuple(UUID(one) for one in kept.get("media", ())),
            style=Style(kept.get("style", Style.POST)),
            options=kept.get("options", {}),
        )


def contents_for(written: Written, connections: Sequence[Connection]) -> dict[UUID, dict[str, Any]]:
    """Return, by connection, what would be sent there; whether it can be is for the check to say."""
    if not connections:
        return {}
    rows = Media.objects.for_tenant(connections[0].tenant_id).in_bulk(written.media)
    held = tuple(reference(rows[one]) for one in written.media if one in rows)
    return {one.pk: _content(written, one, held) for one in connections}


def _content(written: Written, connection: Connection, held: tuple[MediaRef, ...]) -> dict[str, Any]:
    return {
        "format": _format(written, connection, held),
        "text": written.text,
        "link": written.link,
        "media": [str(one) for one in written.media],
        "options": dict(written.options.get(connection.platform, {})),
    }


def _format(written: Written, connection: Connection, held: tuple[MediaRef, ...]) -> str:
    """Return the format with the fewest problems, in the order of what readers like best; the check names what is left."""
    able = {
        name: one
        for (account, name), one in connector_for(connection.platform).capabilities.items()
        if account == connection.account_type
    }
    wanted = _order(written, held, written.options.get(connection.platform, {}))
    draft = PostDraft(format="", text=written.text, link=written.link, media=held)
    return min(
        (name for name in wanted if name in able),
        key=lambda name: _problems(draft, name, able[name]),
        default=wanted[0],
    )


def _order(written: Written, held: tuple[MediaRef, ...], options: Mapping[str, Any]) -> tuple[str, ...]:
    if named := next((one for one in _NAMED if one in options), ""):
        return (named,)
    if written.style is not Style.POST:
        return (written.style.value,)
    words = ("link", *(one for one in _WORDS if one != "link")) if written.link else _WORDS
    if not held:
        return words
    film = any(one.kind == "video" for one in held)
    return (*(_FILMS if film else _PICTURES), *words)


def _problems(draft: PostDraft, name: str, able: Capability) -> int:
    return sum(1 for _ in limits.problems_of(replace(draft, format=name), able))
