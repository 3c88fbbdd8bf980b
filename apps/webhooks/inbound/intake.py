"""Takes a POST in: durable before the partner is answered, and once, however often it comes."""

import hashlib
from uuid import UUID

from apps.core import clock, ids
from apps.core.prepared import ask
from apps.webhooks.inbound.interface import Post, Proof, Receiver

# One statement: whoever brings the same at the same moment waits for the first, and then inserts nothing.
_STORE = """
WITH fresh AS (
    INSERT INTO webhooks_seen (key, at) VALUES (%(key)s, {at}) ON CONFLICT (key) DO NOTHING RETURNING key
)
INSERT INTO webhooks_intake (id, receiver, platform, signer, vouched, body, at, state, trouble, replays)
SELECT %(id)s, %(receiver)s, %(platform)s, %(signer)s, %(vouched)s, %(body)s, {at}, 'new', '', 0 FROM fresh
RETURNING id
"""


def store(receiver: Receiver, post: Post, proof: Proof) -> bool:
    """
    Store what was proved; False when it has been here before.

    :raises OperationalError: when the database is away.
    """
    return bool(
        ask(
            _STORE.format(at=clock.in_sql()),
            {
                "id": ids.uuid7(),
                "key": key_of(f"{receiver.name}/{post.rest}", post.body),
                "receiver": receiver.name,
                "platform": receiver.platform,
                "signer": proof.signer,
                "vouched": proof.vouched,
                "body": post.body,
            },
        )
    )


def key_of(where: str, what: bytes) -> UUID:
    """Return what the same thing at the same address is known by."""
    return UUID(bytes=hashlib.sha256(where.encode() + b"\0" + what).digest()[:16])
