"""Every address of ours that partners know, by its path below /api/webhooks/."""

from apps.webhooks.inbound.gbp.receiver import PubSub, Risc
from apps.webhooks.inbound.interface import Receiver
from apps.webhooks.inbound.linkedin import receiver as linkedin
from apps.webhooks.inbound.mailchimp import receiver as mailchimp
from apps.webhooks.inbound.meta.receiver import DataDeletion, Deauthorize, Webhooks
from apps.webhooks.inbound.tiktok import receiver as tiktok

_ALL: tuple[Receiver, ...] = (
    Webhooks(),
    Deauthorize(),
    DataDeletion(),
    linkedin.Webhooks(),
    tiktok.Webhooks(),
    PubSub(),
    Risc(),
    mailchimp.Webhooks(),
)
RECEIVERS = {one.name: one for one in _ALL}
_WITH_A_TOKEN = mailchimp.PLATFORM


def find(path: str) -> tuple[Receiver, str] | None:
    """Return who answers at a path, and what follows in it; None where nobody does."""
    path = path.removesuffix("/")
    if path in RECEIVERS:
        return RECEIVERS[path], ""
    first, _, rest = path.partition("/")
    return (RECEIVERS[first], rest) if first == _WITH_A_TOKEN else None
