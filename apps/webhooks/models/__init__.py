"""The rows of webhooks."""

from apps.webhooks.models.incoming import Erasure, IncomingEvent, Intake, Refusal, Seen, SigningKeys
from apps.webhooks.models.outgoing import Delivery, Endpoint

__all__ = [
    "Delivery",
    "Endpoint",
    "Erasure",
    "IncomingEvent",
    "Intake",
    "Refusal",
    "Seen",
    "SigningKeys",
]
