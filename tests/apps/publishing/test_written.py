"""What one written post becomes on each account."""

from typing import Any

import pytest

from apps.connections.connectors.interface import MediaRef
from apps.connections.models import Connection
from apps.publishing.written import Style, Written, _format


def held(*kinds: str) -> tuple[MediaRef, ...]:
    """Pictures and films that every partner takes."""
    facts: dict[str, Any] = {"size": 200_000, "name": "x", "read": None, "public_url": None}
    sides = {"image": (1000, 1000, None), "video": (1080, 1920, 20.0)}
    types = {"image": "image/jpeg", "video": "video/mp4"}
    return tuple(
        MediaRef(
            kind, types[kind], width=sides[kind][0], height=sides[kind][1], duration_s=sides[kind][2], **facts
        )
        for kind in kinds
    )


@pytest.mark.parametrize(
    ("account", "link", "media", "style", "becomes"),
    [
        ("meta page", "", (), Style.POST, "text"),
        ("meta page", "https://harbour.test/", (), Style.POST, "link"),
        ("meta page", "", ("image",), Style.POST, "image"),
        ("meta page", "", ("image", "image"), Style.POST, "images"),
        ("meta page", "", ("video",), Style.POST, "video"),
        ("meta page", "", ("video",), Style.REEL, "reel"),
        ("meta instagram", "", ("video",), Style.POST, "reel"),
        ("meta instagram", "", ("image", "video"), Style.POST, "carousel"),
        ("meta instagram", "", ("image",), Style.STORY, "story"),
        ("meta instagram", "", (), Style.POST, "text"),  # which it does not take: it says so
        ("linkedin member", "https://harbour.test/", ("image",), Style.POST, "link"),
        ("tiktok creator", "", ("image",), Style.POST, "images"),
        ("gbp location", "https://harbour.test/", ("image",), Style.POST, "image"),
        ("gbp location", "", (), Style.POST, "update"),
        ("mailchimp audience", "", ("image",), Style.POST, "campaign"),
    ],
)
def test_the_format_follows_from_what_the_post_holds_and_the_account_takes(
    account: str, link: str, media: tuple[str, ...], style: Style, becomes: str
) -> None:
    platform, account_type = account.split()
    connection = Connection(platform=platform, account_type=account_type)
    text = "" if style is Style.STORY else "Autumn menu"

    assert _format(Written(text=text, link=link, style=style), connection, held(*media)) == becomes
