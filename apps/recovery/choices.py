"""The words of bulk operations, of predictions and of incidents."""

from django.db.models import TextChoices


class OperationKind(TextChoices):
    """What is done with each subject."""

    REPLAY = "replay", "Replay dead letters"
    RESOLVE = "resolve", "Put dead letters aside"
    BACKFILL = "backfill", "Publish what was missed"
    RESUME = "resume", "Resume connections"
    RELEASE = "release", "Release held jobs"
    REDELIVER = "redeliver", "Deliver events again"
    ASK = "ask", "Send reconnect links"


class OperationState(TextChoices):
    """Where an operation is."""

    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    ABORTED = "aborted", "Aborted"
    DONE = "done", "Done"


ENDED = frozenset({OperationState.ABORTED, OperationState.DONE})


class Prediction(TextChoices):
    """What would happen to a job now."""

    PUBLISH = "publish", "Goes out now"
    WAIT = "wait", "Waits"
    VERIFY_FIRST = "verify_first", "Is looked for first"
    DUPLICATE = "duplicate", "Is out already"
    CONNECTION_PAUSED = "connection_paused", "Its connection is stopped"
    LATE_ASK = "late_ask", "Late: a person is asked"
    LATE_SKIP = "late_skip", "Late: is skipped"
    FAIL_AGAIN = "fail_again", "Would fail again"


class ItemResult(TextChoices):
    """What became of a subject."""

    REPLAYED = "replayed", "Runs again"
    RESOLVED = "resolved", "Put aside"
    ADMITTED = "admitted", "May go out"
    ASKED = "asked", "A person is asked"
    SKIPPED = "skipped", "Skipped as too late"
    RESUMED = "resumed", "Publishes again"
    RELEASED = "released", "Released"
    TOLD = "told", "Its people were asked"
    LEFT_ALONE = "left_alone", "Left alone"
    FAILED = "failed", "Could not be done"


class Needs(TextChoices):
    """Who must do something before a connection publishes again."""

    YOU = "you", "The tenant's people"
    OPERATIONS = "operations", "Operations"
    NOBODY = "nobody", "Nobody"


class Family(TextChoices):
    """What sort of cause many connections share."""

    AVAILABILITY = "availability", "The partner does not answer as it should"
    AUTHORISATION = "authorisation", "The partner refuses access"
    APP = "app", "The partner stopped our app"
    SIGNATURE = "signature", "The same unexpected end of many jobs"


class IncidentState(TextChoices):
    """Where an incident is in its life."""

    OPEN = "open", "Open"
    RELEASING = "releasing", "Being released"
    JUDGING = "judging", "Each connection is looked at singly"
    CLOSED = "closed", "Closed"


# While one of these stands, a further hit is held and nobody is told to reconnect.
COVERING = frozenset({IncidentState.OPEN, IncidentState.RELEASING})


class Stage(TextChoices):
    """How far a release has come."""

    NOTHING = "", "Not begun"
    TENTH = "tenth", "A tenth is free"
    ALL = "all", "Everything is free"


class IncidentEnd(TextChoices):
    """How an incident ended."""

    OVER = "over", "It was over"
    SINGLE_DEATHS = "single_deaths", "It was many single deaths"
    OPERATOR = "operator", "An operator closed it"
    PROMPTED = "prompted", "An operator asked people to reconnect"
    DRILL = "drill", "Its drill ended"
