"""Signatures over raw bytes: several live secrets, compared in constant time, never in two spellings."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from apps.connections.partner import secrets_of


def hex_of(secret: str, message: bytes) -> str:
    """Return the signature as most partners write it: small hexadecimal letters."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def signer(words: Sequence[str], message: bytes, given: str) -> str | None:
    """Return the first of these apps of ours whose secret made this signature; every secret is tried, whatever fits."""
    found = [
        word
        for word in words
        for secret in secrets_of(f"{word}_CLIENT_SECRET")
        if same(hex_of(secret, message), given)
    ]
    return found[0] if found else None


def signer_of_request(words: Sequence[str], message: bytes, given: str) -> str | None:
    """The same for a signature in base64: with or without padding, in either alphabet, and otherwise in one spelling only."""
    plain = given.replace("-", "+").replace("_", "/").rstrip("=")
    found = [
        word
        for word in words
        for secret in secrets_of(f"{word}_CLIENT_SECRET")
        if same(_base64_of(secret, message), plain)
    ]
    return found[0] if found else None


def same(ours: str, given: str) -> bool:
    """Compare in constant time; what was given may be any text at all."""
    return hmac.compare_digest(ours.encode(), given.encode("utf-8", "replace"))


def _base64_of(secret: str, message: bytes) -> str:
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode().rstrip("=")
