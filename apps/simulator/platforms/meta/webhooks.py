"""Meta's webhooks: sealed over the body, and two callbacks that carry a signed request."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from apps.simulator.partner import World
from apps.simulator.webhooks import FORM, Letter

CALLBACKS = {"deauthorize": "meta/deauthorize", "data_deletion": "meta/data-deletion"}


def write(world: World, events: Sequence[dict[str, Any]], wanted: dict[str, Any]) -> list[Letter]:
    """Return a letter for each event, or one for all changes of a batch."""
    secret = "of-somebody-else" if wanted.get("forged") == "secret" else _secret(world, wanted)
    callbacks = [_callback(world, one, secret) for one in events if one["event"] in CALLBACKS]
    changes = [_entry(world, one) for one in events if one["event"] not in CALLBACKS]
    groups = [changes] if wanted.get("batched") and changes else [[one] for one in changes]
    return [*callbacks, *(_changes(group, wanted.get("object", "page"), secret) for group in groups)]


def _secret(world: World, wanted: dict[str, Any]) -> str:
    return world.credentials[f"{wanted.get('app', 'META')}_CLIENT_SECRET"]


def _entry(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """Times are whole seconds; the verb of a permission stands beside its field."""
    change = {"field": event["event"], **event.get("change", {})}
    return {"id": event["account"], "time": int(event.get("at", world.now())), "changes": [change]}


def _changes(entries: Sequence[dict[str, Any]], about: str, secret: str) -> Letter:
    # Meta escapes what is not ASCII, and slashes: whoever seals what he has parsed and written anew gets another seal.
    body = json.dumps({"object": about, "entry": entries}).replace("/", "\\/").encode()
    seal = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Letter("meta", body, headers={"X-Hub-Signature-256": f"sha256={seal}"})


def _callback(world: World, event: dict[str, Any], secret: str) -> Letter:
    said = {
        "user_id": event["user"],
        "algorithm": "HMAC-SHA256",
        "issued_at": int(event.get("at", world.now())),
    }
    payload = _base64(json.dumps(said).encode())
    seal = _base64(hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest())
    body = urlencode({"signed_request": f"{seal}.{payload}"}).encode()
    return Letter(CALLBACKS[event["event"]], body, kind=FORM)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
