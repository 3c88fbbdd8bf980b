"""How a receiver knows that it was us: the headers of Standard Webhooks, and one simple signature beside them.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

PREFIX = "whsec_"
BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """Return a fresh secret as people copy it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def headers(message_id: str, body: bytes, live: Sequence[str], at: datetime) -> Mapping[str, str]:
    """
    Return what proves a message, signed by each live secret, the newest first.

    The simple header has one signature, by the newest secret, whose key is the secret's text as it is shown.
    """
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_standard(secret, signed)}" for secret in live),
        "X-Reknit-Signature": f"sha256={_mac(live[0].encode(), body).hex()}",
    }


def _standard(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(_mac(key, signed)).decode()


def _mac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, hashlib.sha256)
