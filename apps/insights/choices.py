"""The words for what is counted and what is made of it."""

from django.db.models import TextChoices


class Span(TextChoices):
    """How long the stretch of time is that one row counts."""

    MINUTE = "minute", "A minute"
    HOUR = "hour", "An hour"
    DAY = "day", "A day"


class Counted(TextChoices):
    """What is counted."""

    CALL = "call", "Attempts, by how they ended"
    EVENT = "event", "What the log tells of, by its verb"


class OutageEnd(TextChoices):
    """How the time in which an account published nothing came to its end."""

    RESUMED = "resumed", "It publishes again"
    CONVERTED = "converted", "An incident took it over"
    DISCONNECTED = "disconnected", "Nobody wants the account any more"


class Category(TextChoices):
    """What an insight is about."""

    INTEGRATION_HEALTH = "integration_health", "How the connected accounts do"
