"""The words of drills."""

from django.db.models import TextChoices


class DrillName(TextChoices):
    """What is broken on purpose."""

    EXPIRE_TOKEN = "expire_token", "Access ends"
    REMOVE_PERMISSION = "remove_permission", "A permission is taken away"
    PARTNER_5XX = "partner_5xx", "The partner answers 500"
    RATE_LIMIT_429 = "rate_limit_429", "The partner wants it slower"
    SLOW_PARTNER = "slow_partner", "The partner is slow"
    CUT_SOCKET = "cut_socket", "Answers are lost after posting"
    DUPLICATE_WEBHOOK = "duplicate_webhook", "The partner says it several times, and late"
    MASS_REVOCATION = "mass_revocation", "Many accounts lose their access at once"
    REFRESH_RACE = "refresh_race", "Many renew the same access at once"
    WORKER_KILLED = "worker_killed", "A worker is killed"
    CLOCK_SKEW = "clock_skew", "A machine's clock is wrong"


# They hit the whole installation: nothing that a tenant could ask for, nothing for a console.
WHOLE_HOUSE = frozenset({DrillName.REFRESH_RACE, DrillName.WORKER_KILLED, DrillName.CLOCK_SKEW})


class RunState(TextChoices):
    """How far a run is."""

    ASKED = "asked", "Asked for"
    OPENED = "opened", "On the stage"
    RUNNING = "running", "Running"
    ENDED = "ended", "Ended"


class Verdict(TextChoices):
    """What a run showed."""

    PASSED = "passed", "Held"
    FAILED = "failed", "Did not hold"
    ABORTED = "aborted", "Aborted"
    NOT_RUN = "not_run", "Did not run"
