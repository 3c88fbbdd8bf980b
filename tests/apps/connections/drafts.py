"""Drafts that are just right for a format, so that a test can spoil one thing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from apps.connections.connectors.capability import Capability, MediaLimits
from apps.connections.connectors.interface import MediaRef, PostDraft
from apps.connections.connectors.registry import CONNECTORS, connector_for

EVERY = [
    (platform, account, name)
    for platform, connector in CONNECTORS.items()
    for account, name in connector.capabilities
]
_EVENT = {"title": "Feast", "starts_at": "2026-12-01T18:00", "ends_at": "2026-12-01T23:00"}
_OPTIONS: dict[str, dict[str, Any]] = {
    "event": {"event": _EVENT},
    "offer": {"event": _EVENT, "offer": {"coupon": "AUTUMN"}},
    "campaign": {"subject": "Autumn", "from_name": "Cafe", "reply_to": "a@cafe.test"},
}


def able_to(platform: str, account: str, name: str) -> Capability:
    """Return the data file's word."""
    return connector_for(platform).capabilities[account, name]


def medium(limits: MediaLimits, **facts: Any) -> MediaRef:
    """Return a picture or film that keeps these limits, apart from the facts given."""
    kind = limits.types[0].split("/")[0]
    plain = MediaRef(kind, limits.types[0], limits.min_bytes or 1000, "a", _read, _public_url)
    return replace(plain, **facts)


def draft(platform: str, account: str, name: str, **changes: Any) -> PostDraft:
    """Return a draft that the format takes, apart from the changes."""
    able = able_to(platform, account, name)
    limits = able.picture or able.film
    right = PostDraft(
        format=name,
        text="Autumn" if able.text_limit != 0 else "",
        link="https://harbour.test/menu" if name == "link" else "",
        media=(medium(limits),) * able.media_min if limits else (),
        options=connector_for(platform).parse_options(_OPTIONS.get(name, {})),
    )
    return replace(right, **changes)


def _read(offset: int, length: int) -> bytes:
    return b""


def _public_url(lifetime: timedelta) -> str:
    return ""
