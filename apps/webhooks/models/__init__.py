"""The rows of webhooks."""

from apps.webhooks.models.outgoing import Delivery, Endpoint

__all__ = ["Delivery", "Endpoint"]
