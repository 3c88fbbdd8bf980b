"""Google's webhooks: Pub/Sub pushes with a bearer token, security events that are tokens; and the keys for both."""

import base64
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from apps.simulator.partner import World
from apps.simulator.webhooks import Letter

PLATFORM = "gbp"
ISSUER = "https://accounts.google.com/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
HOUR = 3600
PUBSUB = {
    "GBP_PUBSUB_AUDIENCE": "https://reknit.example/api/webhooks/gbp",
    "GBP_PUBSUB_EMAIL": "push@simulator.iam.gserviceaccount.com",
    "GBP_PUBSUB_SUBSCRIPTION": "projects/simulator/subscriptions/reknit",
}
SECURITY = frozenset(
    {"sessions-revoked", "tokens-revoked", "token-revoked", "account-disabled", "account-enabled"}
)


class Signer:
    """Google's keys: the last one signs, all are published."""

    def __init__(self) -> None:
        self._keys: dict[str, rsa.RSAPrivateKey] = {}

    def rotate(self) -> None:
        """Publish a new key, and sign with it from now on."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._keys[secrets.token_hex(8)] = key

    def published(self) -> list[dict[str, Any]]:
        """Return the public halves."""
        if not self._keys:
            self.rotate()
        return [
            {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": name, "alg": "RS256", "use": "sig"}
            for name, key in self._keys.items()
        ]

    def sign(self, claims: dict[str, Any], *, forged: bool, kind: str = "JWT") -> str:
        """Return the claims under the newest key, or under somebody else's with its name."""
        self.published()
        name, key = list(self._keys.items())[-1]
        if forged:
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": name, "typ": kind})


SIGNER = Signer()


def certs(_world: World) -> Any:
    """Return the handler that publishes the keys."""

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"keys": SIGNER.published()})

    return answer


def configuration(world: World) -> Any:
    """Return the handler that says who signs security events, and where the keys are."""

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"issuer": ISSUER, "jwks_uri": world.urls["GOOGLE_CERTS_URL"]})

    return answer


def write(world: World, events: Sequence[dict[str, Any]], wanted: dict[str, Any]) -> list[Letter]:
    """Return a letter for each event."""
    if wanted.get("rotate"):
        SIGNER.rotate()
    forged = wanted.get("forged") == "secret"
    return [(_risc if one["event"] in SECURITY else _push)(world, one, forged=forged) for one in events]


def _push(world: World, event: dict[str, Any], *, forged: bool) -> Letter:
    at = event.get("at", world.now())
    said = {"notificationType": event["event"], "location": f"accounts/1/locations/{event['account']}"}
    message = {
        "data": base64.b64encode(json.dumps(said).encode()).decode(),
        "messageId": event.get("id") or secrets.token_hex(8),
        "publishTime": datetime.fromtimestamp(at, UTC).isoformat(),
    }
    claims = {
        "iss": "https://accounts.google.com",
        "aud": world.credentials["GBP_PUBSUB_AUDIENCE"],
        "email": world.credentials["GBP_PUBSUB_EMAIL"],
        "email_verified": True,
        "iat": int(world.now()),
        "exp": int(world.now()) + HOUR,
    }
    envelope = {"message": message, "subscription": world.credentials["GBP_PUBSUB_SUBSCRIPTION"]}
    token = SIGNER.sign(claims, forged=forged)
    return Letter("gbp", json.dumps(envelope).encode(), headers={"Authorization": f"Bearer {token}"})


def _risc(world: World, event: dict[str, Any], *, forged: bool) -> Letter:
    subject = {"subject_type": "iss-sub", "iss": ISSUER, "sub": event["user"]}
    claims = {
        "iss": ISSUER,
        "aud": [world.credentials["GBP_CLIENT_ID"]],
        "iat": int(event.get("at", world.now())),
        "jti": event.get("id") or secrets.token_hex(8),
        "events": {f"{RISC}{event['event']}": {"subject": subject, **event.get("facts", {})}},
    }
    body = SIGNER.sign(claims, forged=forged, kind="secevent+jwt").encode()
    return Letter("gbp/risc", body, kind="application/secevent+jwt")
