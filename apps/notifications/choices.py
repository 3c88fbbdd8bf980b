"""The words for channels and notices."""

from django.db.models import TextChoices


class ChannelKind(TextChoices):
    """How a notice travels."""

    EMAIL = "email", "E-mail"
    APPRISE = "apprise", "Chat"


class NoticeState(TextChoices):
    """What became of a notice."""

    WAITING = "waiting", "On its way"
    TOLD = "told", "Sent"
    FAILED = "failed", "Could not be sent"
    WITHDRAWN = "withdrawn", "Not sent: it was no longer true"
    NOBODY = "nobody", "Nobody asked to be told"
