"""TikTok's webhooks: it seals the time together with the body, and says its content in a string of JSON."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from apps.simulator.partner import World
from apps.simulator.webhooks import Letter

PLATFORM = "tiktok"


def write(world: World, events: Sequence[dict[str, Any]], wanted: dict[str, Any]) -> list[Letter]:
    """Return a letter for each event; `late_s` lets it be sealed so long ago."""
    ours = world.credentials["TIKTOK_CLIENT_SECRET"]
    secret = "of-somebody-else" if wanted.get("forged") == "secret" else ours
    stamp = int(world.now() - float(wanted.get("late_s", 0)))
    return [_letter(world, one, secret, stamp) for one in events]


def _letter(world: World, event: dict[str, Any], secret: str, stamp: int) -> Letter:
    said = {
        "client_key": world.credentials["TIKTOK_CLIENT_ID"],
        "event": event["event"],
        "create_time": int(event.get("at", world.now())),
        "user_openid": event["account"],
        "content": json.dumps(event.get("content", {})),
    }
    body = json.dumps(said, separators=(",", ":")).encode()
    seal = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return Letter(PLATFORM, body, headers={"TikTok-Signature": f"t={stamp},s={seal}"})
