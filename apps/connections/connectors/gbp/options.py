"""What a local post may choose beyond text, link and picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.connections.connectors.interface import OptionsInvalid

BUTTONS = ("LEARN_MORE", "BOOK", "ORDER", "SHOP", "SIGN_UP")


@dataclass(frozen=True, slots=True)
class GbpOptions:
    """`button` is what the link's button says; `language` is the text's."""

    version: int = 1
    button: str = BUTTONS[0]
    language: str = "en"


def parse(raw: Mapping[str, Any]) -> GbpOptions:
    """
    Read the options of a request.

    :raises OptionsInvalid: naming the field and what it may be.
    """
    if unknown := sorted(set(raw) - {"version", "button", "language"}):
        raise OptionsInvalid(unknown[0], "Google posts have no such option.")
    button, language = raw.get("button", BUTTONS[0]), raw.get("language", "en")
    if button not in BUTTONS:
        raise OptionsInvalid("button", f"The button is one of {', '.join(BUTTONS)}.")
    if not isinstance(language, str) or not 2 <= len(language) <= 16:  # noqa: PLR2004 - language tags
        raise OptionsInvalid("language", "Give a language such as en or pt-BR.")
    return GbpOptions(button=button, language=language)
