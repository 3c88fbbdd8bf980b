"""The words for connections and credentials."""

from django.db.models import TextChoices


class Platform(TextChoices):
    """The partners."""

    META = "meta", "Facebook and Instagram"
    LINKEDIN = "linkedin", "LinkedIn"
    TIKTOK = "tiktok", "TikTok"
    GBP = "gbp", "Google Business Profile"
    MAILCHIMP = "mailchimp", "Mailchimp"


class ConnectionStatus(TextChoices):
    """What a connection can be."""

    ACTIVE = "active", "Works"
    ATTENTION = "attention", "Needs reconnecting"
    PAUSED = "paused", "Paused"
    REVOKED = "revoked", "Access taken back"
    INACTIVE = "inactive", "Disconnected"


REFUSED = frozenset({ConnectionStatus.ATTENTION, ConnectionStatus.REVOKED})
STOPPED = REFUSED | {ConnectionStatus.PAUSED}
RECONNECTABLE = REFUSED | {ConnectionStatus.INACTIVE}


class PausedBy(TextChoices):
    """Who stopped it."""

    AUTO = "auto", "Reknit"
    OPS = "ops", "Operations"
    BREAKER = "breaker", "Reknit, while the partner fails"
    INACTIVE_RULE = "inactive_rule", "Reknit, after a week without a success"


class SignInStage(TextChoices):
    """How far a sign-in at a partner has come."""

    AWAY = "away", "At the partner"
    CHOOSING = "choosing", "The person chooses accounts"
    PROVING = "proving", "A health check runs with what it brought"
    DONE = "done", "Done"
    FAILED = "failed", "Nothing was changed"


class Health(TextChoices):
    """What a health check found."""

    HEALTHY = "healthy", "Works"
    WARNING = "warning", "Works, for now"
    CRITICAL = "critical", "Does not work"
    UNKNOWN = "unknown", "Could not be told"


class Warned(TextChoices):
    """What a check that passed warns of."""

    ENDING = "authorisation_ends", "The access ends within a week, and only a new sign-in prolongs it"
    SHRANK = "permissions_shrank", "The partner took permissions back"
    QUOTA = "quota_nearly_gone", "The partner's limit is nearly used up"


class CredentialState(TextChoices):
    """The life of a credential: one is current."""

    CURRENT = "current", "Current"
    SPENT = "spent", "Spent"
