"""What partners post to us, signed as their own pages say; shares nothing with the code that checks it."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

SECRETS = {
    "META_CLIENT_SECRET": "app_secret_example",
    "INSTAGRAM_CLIENT_SECRET": "instagram_secret_example",
    "LINKEDIN_CLIENT_SECRET": "client_secret_example",
    "TIKTOK_CLIENT_SECRET": "tiktok_secret_example",
    "MAILCHIMP_CLIENT_SECRET": "mailchimp_secret_example",
    "META_VERIFY_TOKEN": "our-word",
    "GBP_CLIENT_ID": "our-client.apps.example",
    "GBP_PUBSUB_AUDIENCE": "https://reknit.example/api/webhooks/gbp",
    "GBP_PUBSUB_EMAIL": "push@project.iam.example",
    "GBP_PUBSUB_SUBSCRIPTION": "projects/p/subscriptions/s",
}
# Partners write whole seconds: a moment ahead, so that nothing seems older than what a test made just before.
AHEAD = 1
RISC_ISSUER = "https://accounts.google.com/"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Sent:
    """One POST on its way."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"


def _hmac(secret: str, message: bytes) -> "hmac.HMAC":
    return hmac.new(secret.encode(), message, hashlib.sha256)


def meta(body: Any, *, secret: str = "") -> Sent:
    secret = secret or SECRETS["META_CLIENT_SECRET"]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Sent("meta", raw, {"X-Hub-Signature-256": f"sha256={_hmac(secret, raw).hexdigest()}"})


def change(field: str, *, account: str, at: float | None = None, thing: str = "page", **value: Any) -> Any:
    """One change of a page or of a permission."""
    when = round(at if at is not None else time.time() + AHEAD)
    return {
        "object": thing,
        "entry": [{"id": account, "time": when, "changes": [{"field": field, "value": value}]}],
    }


def signed_request(path: str, person: str, *, at: float | None = None, secret: str = "", **more: Any) -> Sent:
    secret = secret or SECRETS["META_CLIENT_SECRET"]
    when = round(at if at is not None else time.time() + AHEAD)
    said = {"user_id": person, "algorithm": "HMAC-SHA256", "issued_at": when, **more}
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    seal = base64.urlsafe_b64encode(_hmac(secret, payload.encode()).digest()).decode().rstrip("=")
    return Sent(f"meta/{path}", urlencode({"signed_request": f"{seal}.{payload}"}).encode(), kind=FORM)


def deauthorize(person: str, **more: Any) -> Sent:
    return signed_request("deauthorize", person, **more)


def deletion(person: str, **more: Any) -> Sent:
    return signed_request("data-deletion", person, **more)


def linkedin(*rows: dict[str, Any], kind: str = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS") -> Sent:
    raw = json.dumps({"type": kind, "notifications": list(rows)}).encode()
    return Sent(
        "linkedin",
        raw,
        {"X-LI-Signature": _hmac(SECRETS["LINKEDIN_CLIENT_SECRET"], b"hmacsha256=" + raw).hexdigest()},
    )


def tiktok(
    event: str, creator: str, *, at: float | None = None, signed_at: float | None = None, **content: Any
) -> Sent:
    now = time.time()
    when, stamp = (
        round(at if at is not None else now + AHEAD),
        round(signed_at if signed_at is not None else now),
    )
    said = {"client_key": "aw", "event": event, "create_time": when, "user_openid": creator}
    raw = json.dumps({**said, "content": json.dumps(content)}).encode()
    seal = _hmac(SECRETS["TIKTOK_CLIENT_SECRET"], f"{stamp}.".encode() + raw).hexdigest()
    return Sent("tiktok", raw, {"TikTok-Signature": f"t={stamp},s={seal}"})


class Google:
    """Google with a key of its own."""

    def __init__(self, name: str = "key-1") -> None:
        self.name = name
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def published(self) -> dict[str, Any]:
        shown: dict[str, Any] = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {**shown, "kid": self.name, "alg": "RS256", "use": "sig"}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self.name, **header})

    def pubsub(
        self, said: dict[str, Any], *, name: str = "message-1", envelope: Any = None, **claims: Any
    ) -> Sent:
        message = {
            "data": base64.b64encode(json.dumps(said).encode()).decode(),
            "messageId": name,
            "publishTime": "2026-11-26T12:00:00.000Z",
        }
        whole = {
            "message": message,
            "subscription": SECRETS["GBP_PUBSUB_SUBSCRIPTION"],
            **(envelope or {}),
        }
        usual = {
            "iss": "https://accounts.google.com",
            "aud": SECRETS["GBP_PUBSUB_AUDIENCE"],
            "email": SECRETS["GBP_PUBSUB_EMAIL"],
            "email_verified": True,
            "exp": time.time() + 3600,
        }
        return Sent(
            "gbp", json.dumps(whole).encode(), {"Authorization": f"Bearer {self.sign({**usual, **claims})}"}
        )

    def risc(
        self, event: str, person: str, *, name: str = "jti-1", at: float | None = None, **more: Any
    ) -> Sent:
        subject = {"subject_type": "iss-sub", "iss": RISC_ISSUER, "sub": person}
        kind = f"https://schemas.openid.net/secevent/risc/event-type/{event}"
        usual = {
            "iss": RISC_ISSUER,
            "aud": [SECRETS["GBP_CLIENT_ID"]],
            "iat": round(at if at is not None else time.time() + AHEAD),
            "jti": name,
            "events": {kind: {"subject": subject}},
        }
        body = self.sign({**usual, **more}, typ="secevent+jwt").encode()
        return Sent("gbp/risc", body, kind="application/secevent+jwt")


def mailchimp(token: str, **fields: str) -> Sent:
    return Sent(f"mailchimp/{token}", urlencode(fields).encode(), kind=FORM)
