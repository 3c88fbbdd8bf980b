"""What the story publishes: an everyday post for each account, and one of every format that it takes."""

import io
from collections.abc import Iterator
from typing import Any

from PIL import Image

from apps.connections.connectors.capability import Capability
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Connection
from apps.core import clock
from apps.publishing.media import store

LINK = "https://harbour.test/menu"
_EVENT = {"title": "Autumn feast", "starts_at": "2027-10-01T18:00", "ends_at": "2027-10-01T23:00"}
_NEEDED = {"event": _EVENT, "offer": {"coupon": "AUTUMN", "redeem_url": LINK, "terms": "One for each guest."}}
_EVERYDAY = {"tiktok": "video", "gbp": "update", "mailchimp": "campaign", "instagram": "image"}


def everyday(connection: Connection, text: str) -> dict[str, Any]:
    """Return the content of a plain post."""
    name = _EVERYDAY.get(connection.account_type) or _EVERYDAY.get(connection.platform, "text")
    return _content(connection, name, text)


def every_format(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield one post of each format that the account takes."""
    for account_type, name in connector_for(connection.platform).capabilities:
        if account_type == connection.account_type:
            yield _content(connection, name, f"{name} of {connection.name}".capitalize())


def shown_text(content: dict[str, Any]) -> str:
    """Return the text by which the partners' ledger knows a post: of a campaign that is its subject."""
    return str(content.get("options", {}).get("subject") or content["text"])


def _content(connection: Connection, name: str, text: str) -> dict[str, Any]:
    able = connector_for(connection.platform).capabilities[(connection.account_type, name)]
    content: dict[str, Any] = {"format": name, "text": text if able.text_limit else ""}
    if name == "link":
        content["link"] = LINK
    if name == "campaign":
        content["text"] = "Dear guests, we look forward to seeing you."
        content["options"] = {
            "subject": text,
            "from_name": connection.name,
            "reply_to": "hello@harbour.test",
        }
    if able.needs:
        content["options"] = {one: _NEEDED[one] for one in able.needs}
    if able.media_min:
        content["media"] = [_keep(connection, able, number) for number in range(able.media_min)]
    return content


def _keep(connection: Connection, able: Capability, number: int) -> str:
    """Upload a small picture, or what a partner takes for a small film."""
    if able.picture is None:
        content, name = b"\x00\x00\x00\x18ftypmp42" + bytes(80_000), "clip.mp4"
    else:
        drawn = io.BytesIO()
        Image.new("RGB", (400, 400 + number), (64, 70, 200)).save(drawn, "JPEG")
        content, name = drawn.getvalue(), "square.jpg"
    return str(store(content, name=name, tenant=connection.tenant_id, at=clock.now()).pk)
