"""What a post on LinkedIn may choose beyond text, link and media."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.connections.connectors.interface import OptionsInvalid

LONGEST_TITLE = 400


@dataclass(frozen=True, slots=True)
class LinkedInOptions:
    """`title` is the headline of a link: the Posts API reads no page by itself."""

    version: int = 1
    title: str = ""


def parse(raw: Mapping[str, Any]) -> LinkedInOptions:
    """
    Read the options of a request.

    :raises OptionsInvalid: for a choice that we do not know or a title that is too long.
    """
    if unknown := sorted(set(raw) - {"version", "title"}):
        raise OptionsInvalid(unknown[0], "LinkedIn posts have no such option.")
    title = raw.get("title", "")
    if not isinstance(title, str) or len(title) > LONGEST_TITLE:
        raise OptionsInvalid("title", f"The title of a link is text of at most {LONGEST_TITLE} characters.")
    return LinkedInOptions(title=title)
