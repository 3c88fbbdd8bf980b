"""The words for what partners tell us."""

from django.db.models import TextChoices


class IntakeState(TextChoices):
    """How far a POST of a partner has come."""

    NEW = "new", "Waits to be read"
    READ = "read", "Read"
    MALFORMED = "malformed", "Signed, and not what the partner documents"


class Act(TextChoices):
    """The one thing that an event makes us do."""

    REVOKE = "revoke", "Stop: the access was taken back"
    ATTENTION = "attention", "Stop: a person must do something"
    CHECK = "check", "Ask the partner whether it works"
    RESULT = "result", "Tell the job what became of its post"
    ERASE = "erase", "Erase a person's data"
    NOTHING = "nothing", "Nothing"


class Ending(TextChoices):
    """What became of an event."""

    DONE = "done", "Acted on"
    NOTED = "noted", "Kept; nothing to do"
    IGNORED = "ignored", "Kept; a kind that we do not know"
    NOBODY = "nobody", "About nobody we know"
    OLD = "old", "Older than the last reconnect"
    MALFORMED = "malformed", "Signed, and not what the partner documents"
    FAILED = "failed", "We could not act on it"


class ErasureState(TextChoices):
    """How far an erasure has come."""

    ASKED = "asked", "Asked for"
    DONE = "done", "Done"
