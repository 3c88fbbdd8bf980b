"""LinkedIn's webhooks: the seal is over the word `hmacsha256=` and the body together."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from apps.simulator.numbers import number
from apps.simulator.partner import World
from apps.simulator.webhooks import Letter

TEN = 10  # notifications in one POST at most


def write(world: World, events: Sequence[dict[str, Any]], wanted: dict[str, Any]) -> list[Letter]:
    """Return a letter for each event, or one for ten of a batch."""
    ours = world.credentials["LINKEDIN_CLIENT_SECRET"]
    secret = "of-somebody-else" if wanted.get("forged") == "secret" else ours
    size = TEN if wanted.get("batched") else 1
    groups = [events[first : first + size] for first in range(0, len(events), size)]
    return [_letter(world, group, secret) for group in groups]


def _letter(world: World, events: Sequence[dict[str, Any]], secret: str) -> Letter:
    rows = [
        {
            "notificationId": one.get("id") or int(number(10)),
            "organizationalEntity": one["account"],
            "action": one.get("action", "LIKE"),
            "lastModifiedAt": int(one.get("at", world.now()) * 1000),
        }
        for one in events
    ]
    body = json.dumps({"type": events[0]["event"], "notifications": rows}).encode()
    seal = hmac.new(secret.encode(), b"hmacsha256=" + body, hashlib.sha256).hexdigest()
    return Letter("linkedin", body, headers={"X-LI-Signature": seal})
