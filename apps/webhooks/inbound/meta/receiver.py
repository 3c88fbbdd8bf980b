"""Meta's three addresses: webhooks signed over the body, and two callbacks that carry a signed request.

Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started and
https://developers.facebook.com/docs/facebook-login/guides/advanced/re-authentication (signed_request).
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

from apps.connections.partner import secrets_of
from apps.webhooks.inbound import erasures, proofs
from apps.webhooks.inbound.base import BaseReceiver
from apps.webhooks.inbound.interface import Malformed, Piece, Post, Proof, Refused, Reply, Told
from apps.webhooks.inbound.meta import meaning
from apps.webhooks.inbound.reading import form, listing, mapping, parse, piece, word

PLATFORM = "meta"
APPS = ("META", "INSTAGRAM")  # two apps, two secrets; which one signed says whose people are meant
_CHALLENGE = re.compile(r"[0-9A-Za-z_-]{1,200}")


class Webhooks(BaseReceiver):
    """Changes of pages, accounts and permissions; up to a thousand in one POST."""

    name = platform = PLATFORM

    def greet(self, query: Mapping[str, str], rest: str) -> Reply:
        """Give the challenge back to whoever knows our word. :raises Refused: to everybody else."""
        known = [
            one
            for one in secrets_of("META_VERIFY_TOKEN")
            if proofs.same(one, query.get("hub.verify_token", ""))
        ]
        challenge = query.get("hub.challenge", "")
        if not known or query.get("hub.mode") != "subscribe" or not _CHALLENGE.fullmatch(challenge):
            raise Refused("handshake")
        return Reply(text=challenge)

    def prove(self, post: Post) -> Proof:
        """Meta signs its own spelling of the JSON: only the bytes as they came will do. SHA-1 is not looked at."""
        begin, _, given = post.headers.get("X-Hub-Signature-256", "").partition("=")
        who = proofs.signer(APPS, post.body, given) if begin == "sha256" else None
        if who is None:
            raise Refused("signature" if given else "no_signature")
        return Proof(who)

    def split(self, body: bytes) -> list[Piece]:
        """One piece a change; Meta gives them no id, so all that it says tells them apart."""
        told = mapping(parse(body), "The body")
        pieces: list[Piece] = []
        for entry in listing(told.get("entry"), "entry"):
            facts = mapping(entry, "An entry")
            about = {"object": told.get("object"), "id": facts.get("id"), "time": facts.get("time")}
            changes = facts.get("changes") or [
                {"field": name} for name in facts if name not in {"id", "uid", "time"}
            ]
            pieces += [piece({**about, "change": one}) for one in listing(changes, "changes")]
        return pieces

    def read(self, data: Mapping[str, Any]) -> Told:
        return meaning.of_change(data)


class SignedRequest(BaseReceiver):
    """What both callbacks share: one field, `signed_request`, whose first half signs the text of the second."""

    platform = PLATFORM

    def prove(self, post: Post) -> Proof:
        """Check the signature, and that the request says which one it is."""
        try:
            signature, _, payload = _field(post.body).partition(".")
        except Malformed:
            raise Refused("no_signature") from None
        who = proofs.signer_of_request(APPS, payload.encode("utf-8", "replace"), signature)
        if who is None:
            raise Refused("signature" if payload else "no_signature")
        if word(_payload(payload).get("algorithm")).upper() != "HMAC-SHA256":
            raise Refused("algorithm")
        return Proof(who)

    def split(self, body: bytes) -> list[Piece]:
        """There is one."""
        return [piece(_payload(_field(body).partition(".")[2]))]


class Deauthorize(SignedRequest):
    """Somebody removed our app from their account."""

    name = "meta/deauthorize"

    def read(self, data: Mapping[str, Any]) -> Told:
        return meaning.of_deauthorisation(data)


class DataDeletion(SignedRequest):
    """Somebody wants their data erased; the answer names a page that says how far it is."""

    name = "meta/data-deletion"

    def thank(self, post: Post, proof: Proof) -> Reply | None:
        """Write the wish down and say where to follow it; the same wish has the same code. A wish of nobody is malformed."""
        person = word(_payload(_field(post.body).partition(".")[2]).get("user_id"))
        if not person:
            return None
        wish = erasures.ask(
            post.body, platform=PLATFORM, login=login_of(proof.signer), person=person, at=post.now()
        )
        return Reply(json={"url": erasures.address(wish), "confirmation_code": wish})

    def read(self, data: Mapping[str, Any]) -> Told:
        return meaning.of_deletion(data)


def login_of(signer: str) -> str:
    """Return the login whose people an app's secret speaks of."""
    return "instagram" if signer == "INSTAGRAM" else ""


def _field(body: bytes) -> str:
    return form(body).get("signed_request", "")


def _payload(encoded: str) -> Mapping[str, Any]:
    """Return what the second half says, or nothing where it says nothing; padding and alphabet differ."""
    plain = encoded.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        found = parse(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
