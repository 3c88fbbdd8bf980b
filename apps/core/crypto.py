"""Secrets at rest: AES-GCM under a ring of keys, bound to the place where they are stored."""

import base64
import binascii
import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_NONCE = 12
_KEY = 32


class CannotDecrypt(ValueError):
    """The ciphertext was changed, belongs elsewhere, or its key is not in the ring."""


@dataclass(frozen=True)
class KeyRing:
    """Keys by id; the first encrypts, all decrypt."""

    keys: dict[str, bytes]

    @property
    def first(self) -> str:
        """The id of the key that encrypts; it begins what it encrypted."""
        return next(iter(self.keys))

    @classmethod
    def parse(cls, pairs: list[str]) -> "KeyRing":
        """
        Read `id:base64` pairs.

        :raises ImproperlyConfigured: when there is none, one is not 32 bytes long, or its id could not be found again.
        """
        keys: dict[str, bytes] = {}
        for pair in pairs:
            name, colon, encoded = pair.partition(":")
            if not (name and colon) or "." in name or name in keys:
                raise ImproperlyConfigured(
                    "REKNIT_ENCRYPTION_KEYS: each key needs an id of its own in front, without a dot, such as b:base64."
                )
            try:
                keys[name] = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                keys[name] = b""
            if len(keys[name]) != _KEY:
                raise ImproperlyConfigured(
                    f"REKNIT_ENCRYPTION_KEYS: the key {name!r} must be 32 bytes in base64."
                )
        if not keys:
            raise ImproperlyConfigured(
                "REKNIT_ENCRYPTION_KEYS is empty; it needs at least one id:base64 pair."
            )
        return cls(keys)

    def encrypt(self, plain: str, *, context: str) -> str:
        """Return `key id.nonce.ciphertext`, which decrypts only in the same context."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self.keys[self.first]).encrypt(nonce, plain.encode(), context.encode())
        return f"{self.first}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, token: str, *, context: str) -> str:
        """
        Return what was encrypted.

        :raises CannotDecrypt: never saying what the secret was.
        """
        key_id, _, encoded = token.partition(".")
        try:
            raw = base64.b64decode(encoded, altchars=b"-_", validate=True)
            return AESGCM(self.keys[key_id]).decrypt(raw[:_NONCE], raw[_NONCE:], context.encode()).decode()
        except (KeyError, InvalidTag, ValueError):
            raise CannotDecrypt(
                f"A secret stored in {context} cannot be read with the keys at hand."
            ) from None


def ring() -> KeyRing:
    """Return the installation's key ring."""
    return _parsed(tuple(settings.ENCRYPTION_KEYS))


@lru_cache(maxsize=2)
def _parsed(pairs: tuple[str, ...]) -> KeyRing:
    """Keep what was parsed: every call to a partner decrypts a token."""
    return KeyRing.parse(list(pairs))


def encrypt(plain: str, *, context: str) -> str:
    """Encrypt with the installation's ring; `context` is tenant:row:field."""
    return ring().encrypt(plain, context=context)


def decrypt(token: str, *, context: str) -> str:
    """
    Decrypt with the installation's ring.

    :raises CannotDecrypt: when it was changed, moved, or its key is gone.
    """
    return ring().decrypt(token, context=context)
