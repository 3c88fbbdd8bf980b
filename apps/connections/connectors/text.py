"""Texts as they are compared and counted: neither what a partner shows back nor how it counts is what we would expect."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

# A sign at the start of a word; behind a letter it is part of an address or a colour.
_HASHTAG = re.compile(r"(?<![\w&#])#(?=\w|[^\x00-\x7f])")
_MENTION = re.compile(r"(?<![\w.@])@(?=\w)")


@dataclass(frozen=True, slots=True)
class Measure:
    """How a partner counts the length of a text."""

    length: Callable[[str], int]
    note: str = ""  # what surprises an author


def utf16_units(text: str) -> int:
    """Return the length in UTF-16 code units: most emoji count as two, a flag as four, a family as eleven."""
    return sum(2 if ord(one) > 0xFFFF else 1 for one in text)  # noqa: PLR2004 - beyond the basic plane


CHARACTERS = Measure(len)
UTF16 = Measure(utf16_units, note="most emoji count as two")


def normalise(text: str) -> str:
    """Return the text in one Unicode form, with every run of white space as one blank."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def hashtags(text: str) -> int:
    """Return how many hashtags a text has."""
    return len(_HASHTAG.findall(text))


def mentions(text: str) -> int:
    """Return how many other accounts a text names."""
    return len(_MENTION.findall(text))
