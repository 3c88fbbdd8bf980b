"""What a post on TikTok may choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.connections.connectors.interface import OptionsInvalid
from apps.connections.connectors.text import utf16_units

PRIVACY = ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY")
SWITCHES = (
    "disable_comment",
    "disable_duet",
    "disable_stitch",
    "brand_content_toggle",
    "brand_organic_toggle",
    "is_aigc",
)
PHOTO_SWITCHES = ("disable_comment", "brand_content_toggle", "brand_organic_toggle", "auto_add_music")
LONGEST_TITLE = 90  # of photos, in UTF-16 units; a film's text is its title


@dataclass(frozen=True, slots=True)
class TikTokOptions:
    """Who may see it, what others may do with it, and what it discloses."""

    version: int = 1
    privacy: str = PRIVACY[0]
    switches: tuple[str, ...] = ()  # those that are on, of a film
    photo_switches: tuple[str, ...] = ()  # the same of photos
    title: str = ""  # of photos


def parse(raw: Mapping[str, Any]) -> TikTokOptions:
    """
    Read the options of a request.

    :raises OptionsInvalid: naming the field and what it may be.
    """
    if unknown := sorted(set(raw) - {"version", "privacy", "title", *SWITCHES, *PHOTO_SWITCHES}):
        raise OptionsInvalid(unknown[0], "TikTok posts have no such option.")
    privacy = raw.get("privacy", PRIVACY[0])
    if privacy not in PRIVACY:
        raise OptionsInvalid("privacy", f"The privacy is one of {', '.join(PRIVACY)}.")
    title = raw.get("title", "")
    if not isinstance(title, str) or utf16_units(title) > LONGEST_TITLE:
        raise OptionsInvalid(
            "title",
            f"The title of photos is text of at most {LONGEST_TITLE} characters (most emoji count as two).",
        )
    for name in {*SWITCHES, *PHOTO_SWITCHES}:
        if not isinstance(raw.get(name, False), bool):
            raise OptionsInvalid(name, "Say true or false.")
    if privacy == "SELF_ONLY" and raw.get("brand_content_toggle"):
        raise OptionsInvalid("privacy", "Branded content cannot be private.")
    return TikTokOptions(
        privacy=privacy,
        switches=tuple(name for name in SWITCHES if raw.get(name)),
        photo_switches=tuple(name for name in PHOTO_SWITCHES if raw.get(name)),
        title=title,
    )
