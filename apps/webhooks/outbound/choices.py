"""The words for endpoints and deliveries."""

from django.db.models import TextChoices


class EndpointState(TextChoices):
    """Whether an endpoint is sent what happens."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"


class PausedFor(TextChoices):
    """Why nothing is sent to an endpoint."""

    BY_HAND = "by_hand", "Paused by a person"
    GONE = "gone", "It said that it is gone"
    FAILING = "failing", "Nothing but failure for five days"


class DeliveryState(TextChoices):
    """What became of one event at one endpoint."""

    WAITING = "waiting", "On its way"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Every try failed"
    DROPPED = "dropped", "Not sent: cancelled, or its endpoint is gone"
