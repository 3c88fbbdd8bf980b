"""What a post on Meta may choose beyond text, link and media: nothing yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.connections.connectors.interface import OptionsInvalid


@dataclass(frozen=True, slots=True)
class MetaOptions:
    """Version 1 has no choices."""

    version: int = 1


def parse(raw: Mapping[str, Any]) -> MetaOptions:
    """
    Read the options of a request.

    :raises OptionsInvalid: for a choice that we do not know.
    """
    if unknown := sorted(set(raw) - {"version"}):
        raise OptionsInvalid(unknown[0], "Facebook and Instagram posts have no such option.")
    return MetaOptions()
