"""Roles of people and scopes of keys."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What a member may do; each includes the ones before."""

    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    ADMIN = "admin", "Admin"


RANK = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMIN: 2}


class NotifyOn(TextChoices):
    """What a member wants to be told by e-mail."""

    PAUSES = "pauses", "A connection stopped"
    FAILURES = "failures", "A post could not be published"
    WEEKLY_SUMMARY = "weekly_summary", "The weekly summary"
    INCIDENTS = "incidents", "A partner is in trouble"


# What somebody new is told of until they choose.
NOTIFY_ON_FIRST = (NotifyOn.PAUSES, NotifyOn.FAILURES, NotifyOn.WEEKLY_SUMMARY)


class KeyScope(TextChoices):
    """What an API key may do."""

    READ = "read", "Read"
    PUBLISH = "publish", "Publish"
    OPERATE = "operate", "Operate"
    ADMIN = "admin", "Administer"


class Flag(TextChoices):
    """Features that can be switched off for one tenant."""

    RECOVERY_AUTOPAUSE = "RECOVERY_AUTOPAUSE_ENABLED", "Stop connections by ourselves"
    RECONNECT_WIZARD = "RECONNECT_WIZARD_ENABLED", "Reconnect by their own people"
    SYNTHETIC_PINGS = "SYNTHETIC_PINGS_ENABLED", "Check connections in between"
    CHAOS_TESTS = "CHAOS_TESTS_ENABLED", "Drills"
    WEEKLY_SUMMARY = "WEEKLY_SUMMARY_ENABLED", "Weekly summary"


OFF_UNLESS_SET = frozenset({Flag.CHAOS_TESTS})
