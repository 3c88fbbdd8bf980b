"""Mailchimp's webhooks: a form to an address that nobody else knows. It seals nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from apps.simulator.partner import World
from apps.simulator.webhooks import FORM, Letter


def write(world: World, events: Sequence[dict[str, Any]], wanted: dict[str, Any]) -> list[Letter]:
    """Return a letter for each event; `token` is the end of the address that was given to Mailchimp."""
    token = "of-somebody-else" if wanted.get("forged") == "secret" else wanted.get("token", "")
    return [_letter(world, one, token) for one in events]


def _letter(world: World, event: dict[str, Any], token: str) -> Letter:
    at = datetime.fromtimestamp(event.get("at", world.now()), UTC)
    fields = {
        "type": event["event"],
        "fired_at": f"{at:%Y-%m-%d %H:%M:%S}",
        "data[list_id]": event["account"],
        **{f"data[{name}]": str(value) for name, value in event.get("data", {}).items()},
    }
    return Letter(f"mailchimp/{token}", urlencode(fields).encode(), kind=FORM)
