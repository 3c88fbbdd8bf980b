"""Mailchimp's address, which signs nothing: each connection has an address of its own, and its token is the proof.

Source: https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from apps.connections.partner import secrets_of
from apps.webhooks.inbound import proofs
from apps.webhooks.inbound.base import BaseReceiver
from apps.webhooks.inbound.interface import Malformed, Piece, Post, Proof, Refused, Reply, Told
from apps.webhooks.inbound.mailchimp import meaning
from apps.webhooks.inbound.reading import form, piece

PLATFORM = "mailchimp"
_ID = 16  # bytes of a UUID
_SEAL = 24  # bytes


class Webhooks(BaseReceiver):
    """One event a POST, as a form."""

    name = platform = PLATFORM

    def greet(self, query: Mapping[str, str], rest: str) -> Reply:
        """It asks by GET whether we are there, at any time and without our token, and takes nothing but 200."""
        return Reply()

    def prove(self, post: Post) -> Proof:
        """Read from the token whose address it is, in constant time; what the body says it is does not count."""
        if not post.rest:
            raise Refused("no_token")
        found = _connection(post.rest)
        sealed = [token_for(found, secret) for secret in secrets_of("MAILCHIMP_CLIENT_SECRET")]
        if not any([proofs.same(one, post.rest) for one in sealed]):  # noqa: C419 - all are compared, whatever fits
            raise Refused("token")
        return Proof(vouched=found)

    def split(self, body: bytes) -> list[Piece]:
        """There is one, without an id."""
        fields = form(body)
        if not fields.get("type"):
            raise Malformed("It names no event.")
        return [piece(fields)]

    def read(self, data: Mapping[str, Any]) -> Told:
        return meaning.of_event(data)


def token(connection: UUID) -> str:
    """Return the token of a connection's own address, or nothing where we have no secret."""
    secrets = secrets_of("MAILCHIMP_CLIENT_SECRET")
    return token_for(connection, secrets[0]) if secrets else ""


def token_for(connection: UUID, secret: str) -> str:
    """Return the token under one of our secrets: the connection's id and its seal."""
    seal = hmac.new(secret.encode(), b"webhook:" + connection.bytes, hashlib.sha256).digest()[:_SEAL]
    return base64.urlsafe_b64encode(connection.bytes + seal).decode().rstrip("=")


def _connection(given: str) -> UUID:
    try:
        return UUID(bytes=base64.urlsafe_b64decode(given[:64] + "=" * (-len(given[:64]) % 4))[:_ID])
    except (ValueError, binascii.Error):
        raise Refused("token") from None
