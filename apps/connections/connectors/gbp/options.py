"""What a local post may choose beyond text, link and picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.connections.connectors.interface import OptionsInvalid

LONGEST_TITLE = 58
BUTTONS = ("LEARN_MORE", "BOOK", "ORDER", "SHOP", "SIGN_UP")


@dataclass(frozen=True, slots=True)
class Event:
    """What an event or the time of an offer is called, and when it is, in the location's own time."""

    title: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """What customers get; every part may be left out."""

    coupon: str = ""
    redeem_url: str = ""
    terms: str = ""


@dataclass(frozen=True, slots=True)
class GbpOptions:
    """`button` is what the link's button says; `language` is the text's."""

    version: int = 1
    button: str = BUTTONS[0]
    language: str = "en"
    event: Event | None = None
    offer: Offer | None = None


def parse(raw: Mapping[str, Any]) -> GbpOptions:
    """
    Read the options of a request.

    :raises OptionsInvalid: naming the field and what it may be.
    """
    if unknown := sorted(set(raw) - {"version", "button", "language", "event", "offer"}):
        raise OptionsInvalid(unknown[0], "Google posts have no such option.")
    button, language = raw.get("button", BUTTONS[0]), raw.get("language", "en")
    if button not in BUTTONS:
        raise OptionsInvalid("button", f"The button is one of {', '.join(BUTTONS)}.")
    if not isinstance(language, str) or not 2 <= len(language) <= 16:  # noqa: PLR2004 - language tags
        raise OptionsInvalid("language", "Give a language such as en or pt-BR.")
    return GbpOptions(
        button=button, language=language, event=_event(raw.get("event")), offer=_offer(raw.get("offer"))
    )


def _event(raw: object) -> Event | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise OptionsInvalid("event", "An event is an object with title, starts_at and ends_at.")
    title = raw.get("title")
    if not isinstance(title, str) or not 1 <= len(title) <= LONGEST_TITLE:
        raise OptionsInvalid("event.title", f"The title has 1 to {LONGEST_TITLE} characters.")
    starts_at, ends_at = _moment(raw, "starts_at"), _moment(raw, "ends_at")
    if ends_at <= starts_at:
        raise OptionsInvalid("event.ends_at", "An event ends after it starts.")
    return Event(title, starts_at, ends_at)


def _moment(raw: Mapping[str, Any], name: str) -> datetime:
    try:
        return datetime.fromisoformat(str(raw.get(name))).replace(tzinfo=None)
    except ValueError:
        raise OptionsInvalid(f"event.{name}", "Give a time such as 2026-12-01T18:00.") from None


def _offer(raw: object) -> Offer | None:
    if raw is None:
        return None
    names = {"coupon", "redeem_url", "terms"}
    if not isinstance(raw, dict) or set(raw) - names or not all(isinstance(one, str) for one in raw.values()):
        raise OptionsInvalid(
            "offer", "An offer is an object with coupon, redeem_url and terms, all of them text."
        )
    return Offer(**raw)
