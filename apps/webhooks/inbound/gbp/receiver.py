"""Google's two addresses: Pub/Sub pushes with a bearer token, and security events that are tokens themselves.

Source: https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions and
https://developers.google.com/identity/protocols/risc
"""

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings

from apps.connections.partner import secrets_of
from apps.webhooks.inbound import keys, proofs, tokens
from apps.webhooks.inbound.base import BaseReceiver
from apps.webhooks.inbound.gbp import meaning
from apps.webhooks.inbound.interface import Malformed, Piece, Post, Proof, Refused, Told
from apps.webhooks.inbound.reading import mapping, parse, piece, word

PLATFORM = "gbp"
ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
LEEWAY = timedelta(minutes=1)


class PubSub(BaseReceiver):
    """Notices about locations. Any customer of Google can sign for any audience: the sender must be our own robot."""

    name = platform = PLATFORM

    def prove(self, post: Post) -> Proof:
        """Check the bearer token and what it says: by whom, for whom, until when, through which subscription."""
        scheme, _, token = post.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused("no_signature")
        claims = tokens.verified(token, keys.named(keys.CERTS).by_id)
        ours = settings.PARTNER_CREDENTIALS
        if claims.get("iss") not in ISSUERS:
            raise Refused("issuer")
        if tokens.ends(claims) + LEEWAY < post.now():
            raise Refused("too_old")
        if not tokens.is_for(claims, secrets_of("GBP_PUBSUB_AUDIENCE")):
            raise Refused("audience")
        if claims.get("email_verified") is not True or not _same(claims, "email", ours["GBP_PUBSUB_EMAIL"]):
            raise Refused("sender")
        if not _same(_body(post.body), "subscription", ours["GBP_PUBSUB_SUBSCRIPTION"]):
            raise Refused("subscription")
        return Proof("GOOGLE")

    def split(self, body: bytes) -> list[Piece]:
        """One message, by its id; the same one has another envelope each time it comes."""
        message = mapping(mapping(parse(body), "The body").get("message"), "The message")
        name = word(message.get("messageId") or message.get("message_id"), 60)
        try:
            data = base64.b64decode(word(message.get("data"), 10**6), validate=True)
        except ValueError:
            raise Malformed("Its data is no base64.") from None
        facts = {"said": mapping(parse(data), "Its data"), "published": message.get("publishTime")}
        return [piece(facts, key=name)]

    def read(self, data: Mapping[str, Any]) -> Told:
        return meaning.of_notice(data)


class Risc(BaseReceiver):
    """Cross-account protection: what happens to the Google account behind a grant."""

    name = "gbp/risc"
    platform = PLATFORM
    accepted = 202
    refused = 400

    def prove(self, post: Post) -> Proof:
        """The body is the token. It has no end: it tells of something that has happened, however late it comes."""
        known = keys.named(keys.RISC)
        claims = tokens.verified(post.body.decode("ascii", "replace").strip(), known.by_id)
        if not known.issuer or claims.get("iss") != known.issuer:
            raise Refused("issuer")
        if not tokens.is_for(claims, secrets_of("GBP_CLIENT_ID")):
            raise Refused("audience")
        return Proof("GOOGLE")

    def split(self, body: bytes) -> list[Piece]:
        """One piece for each event in it, by the token's id and the event's word."""
        claims = tokens.claims(body.decode("ascii", "replace").strip())
        name = word(claims.get("jti"), 100)
        rows = mapping(claims.get("events"), "events")
        return [
            piece(
                {"type": word(key), "event": mapping(one, "An event"), "issued": claims.get("iat")},
                key=f"{name}:{key}" if name else "",
            )
            for key, one in rows.items()
        ]

    def read(self, data: Mapping[str, Any]) -> Told:
        return meaning.of_security_event(data)


def _same(claims: Mapping[str, Any], name: str, wanted: str) -> bool:
    return bool(wanted) and proofs.same(wanted, word(claims.get(name)))


def _body(body: bytes) -> Mapping[str, Any]:
    """The sender is known by now; a body that cannot be read names no subscription of ours."""
    try:
        return mapping(parse(body), "The body")
    except Malformed:
        return {}
