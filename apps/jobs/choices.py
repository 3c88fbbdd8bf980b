"""The words that rows, API and console use for jobs."""

from django.db.models import TextChoices


class JobState(TextChoices):
    """Where a job is in its life."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    WAITING = "waiting", "Waiting for the partner"
    VERIFYING = "verifying", "Verifying"
    HELD = "held", "Held"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    DEAD = "dead", "Dead letter"
    CANCELLED = "cancelled", "Cancelled"


CLAIMABLE = frozenset({JobState.QUEUED, JobState.WAITING, JobState.VERIFYING})
FINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.DEAD, JobState.CANCELLED})
OPEN = frozenset(JobState) - FINAL


class HeldFor(TextChoices):
    """Why one job alone is held."""

    UNCONFIRMED = "unconfirmed", "We cannot tell whether it went out"
    APPROVAL = "approval", "Late, or out already: publish or skip?"
    OPS = "ops", "Stopped by operations"


class AttemptOutcome(TextChoices):
    """How an attempt ended; an empty word means that it has not ended."""

    SUCCESS = "success", "Success"
    FAILURE = "failure", "Failure"
    UNKNOWN = "unknown", "Unknown"
    NOT_SENT = "not_sent", "Not sent"


class DeadLetterReason(TextChoices):
    """Why a job cannot go on by itself."""

    MAX_RETRIES = "MAX_RETRIES", "All retries used"
    UNRETRYABLE = "UNRETRYABLE", "Trying again cannot help"
    WEBHOOK_FAILURE = "WEBHOOK_FAILURE", "The endpoint never took it"
    EXPIRED = "EXPIRED", "Its deadline passed"
    CRASHED = "CRASHED", "Its worker died three times"


class Resolution(TextChoices):
    """How a dead letter was put aside."""

    REPLAYED = "replayed", "Replayed"
    RESOLVED = "resolved", "Resolved by hand"


class RetryStrategy(TextChoices):
    """How the waits between tries grow."""

    EXPONENTIAL = "exponential", "Each wait is a multiple of the one before"
    LINEAR = "linear", "Each wait is longer by the first one"
    FIXED = "fixed", "Every wait is the same"


class RetryJitter(TextChoices):
    """Which part of a wait is left to chance."""

    FULL = "full", "All of it"
    EQUAL = "equal", "Half of it"
    AROUND = "around", "A fifth more or less"
    NONE = "none", "Nothing"
