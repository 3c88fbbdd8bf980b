"""The words of bulk operations and of predictions."""

from django.db.models import TextChoices


class OperationKind(TextChoices):
    """What is done with each subject."""

    REPLAY = "replay", "Replay dead letters"
    RESOLVE = "resolve", "Put dead letters aside"
    BACKFILL = "backfill", "Publish what was missed"
    RESUME = "resume", "Resume connections"
    RELEASE = "release", "Release held jobs"


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
    LEFT_ALONE = "left_alone", "Left alone"
    FAILED = "failed", "Could not be done"
