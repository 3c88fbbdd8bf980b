"""TikTok's address: the only partner that signs a time. https://developers.tiktok.com/doc/webhooks-verification"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.webhooks.inbound import proofs
from apps.webhooks.inbound.base import BaseReceiver
from apps.webhooks.inbound.interface import Malformed, Piece, Post, Proof, Refused, Told
from apps.webhooks.inbound.reading import mapping, parse, piece, word
from apps.webhooks.inbound.tiktok import meaning

PLATFORM = "tiktok"
AHEAD = timedelta(minutes=5)
# It tries for so long, and nobody says whether it signs anew each time. What is older than five minutes is taken once,
# like everything else: Seen remembers for longer than this.
BEHIND = timedelta(hours=72)
_HEADER = re.compile(r"t=([0-9]{1,12}),s=([0-9a-f]{64})")


class Webhooks(BaseReceiver):
    """One event a POST."""

    name = platform = PLATFORM

    def prove(self, post: Post) -> Proof:
        """Check the signature over time and body, then the time."""
        header = post.headers.get("TikTok-Signature", "")
        found = _HEADER.fullmatch(header)
        if found is None:
            raise Refused("signature" if header else "no_signature")
        who = proofs.signer((PLATFORM.upper(),), f"{found[1]}.".encode() + post.body, found[2])
        if who is None:
            raise Refused("signature")
        if not -AHEAD <= post.now() - datetime.fromtimestamp(int(found[1]), UTC) <= BEHIND:
            raise Refused("too_old")
        return Proof(who)

    def split(self, body: bytes) -> list[Piece]:
        """There is one, without an id. What it says in a string is JSON once more."""
        told = mapping(parse(body), "The body")
        content = told.get("content")
        if isinstance(content, str):
            content = parse(content) if content else {}
        if not word(told.get("event")):
            raise Malformed("It names no event.")
        return [piece({**told, "content": mapping(content or {}, "The content")})]

    def read(self, data: Mapping[str, Any]) -> Told:
        return meaning.of_event(data)
