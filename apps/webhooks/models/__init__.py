"""The rows of webhooks."""

from apps.webhooks.models.incoming import Erasure, IncomingEvent, Intake, Refusal, Seen, SigningKeys

__all__ = ["Erasure", "IncomingEvent", "Intake", "Refusal", "Seen", "SigningKeys"]
