"""LinkedIn's address. https://learn.microsoft.com/linkedin/shared/api-guide/webhook-validation"""

import re
from collections.abc import Mapping
from typing import Any

from apps.connections.partner import secrets_of
from apps.webhooks.inbound import proofs
from apps.webhooks.inbound.base import BaseReceiver
from apps.webhooks.inbound.interface import Piece, Post, Proof, Refused, Reply, Told
from apps.webhooks.inbound.linkedin import meaning
from apps.webhooks.inbound.reading import listing, mapping, parse, piece, word

PLATFORM = "linkedin"
_PREFIX = "hmacsha256="
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Webhooks(BaseReceiver):
    """Up to ten notifications in one POST."""

    name = platform = PLATFORM

    def greet(self, query: Mapping[str, str], rest: str) -> Reply:
        """
        Sign the challenge that comes every two hours, for ever; three misses, and LinkedIn blocks us.

        Only what looks like a UUID is signed: we would sign forged bodies for whoever asks.

        :raises Refused: for anything else.
        """
        challenge, secrets = query.get("challengeCode", ""), secrets_of("LINKEDIN_CLIENT_SECRET")
        if not secrets or not _UUID.fullmatch(challenge):
            raise Refused("challenge")
        response = proofs.hex_of(secrets[0], challenge.encode())
        return Reply(json={"challengeCode": challenge, "challengeResponse": response})

    def prove(self, post: Post) -> Proof:
        """The prefix is part of what is signed; a signature of the body alone is counted apart, and refused."""
        given = post.headers.get("X-LI-Signature", "").removeprefix(_PREFIX)
        if not given:
            raise Refused("no_signature")
        if who := proofs.signer(("LINKEDIN",), _PREFIX.encode() + post.body, given):
            return Proof(who)
        alone = proofs.signer(("LINKEDIN",), post.body, given)
        raise Refused("signature_of_body_only" if alone else "signature")

    def split(self, body: bytes) -> list[Piece]:
        """One piece a notification, by its id."""
        told = mapping(parse(body), "The body")
        rows = [mapping(one, "A notification") for one in listing(told.get("notifications"), "notifications")]
        return [
            piece({**row, "type": told.get("type")}, key=word(row.get("notificationId"), 60)) for row in rows
        ]

    def read(self, data: Mapping[str, Any]) -> Told:
        return meaning.of_notification(data)
