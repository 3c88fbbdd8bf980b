"""What receivers share: most have no handshake, answer 200 with nothing, and refuse with 401."""

from collections.abc import Mapping
from typing import ClassVar

from apps.webhooks.inbound.interface import Post, Proof, Refused, Reply


class BaseReceiver:
    """A receiver's usual answers."""

    name: ClassVar[str]
    platform: ClassVar[str]
    accepted: ClassVar[int] = 200
    refused: ClassVar[int] = 401

    def greet(self, query: Mapping[str, str], rest: str) -> Reply:
        """:raises Refused: since there is no handshake here."""
        raise Refused("no_handshake")

    def thank(self, post: Post, proof: Proof) -> Reply | None:
        """Nothing but the status."""
        return None
