"""The engine's rows, one idea a file. The hot path writes them with SQL of its own (`sql`); everything else uses the ORM."""

from apps.jobs.models.jobs import Attempt, DeadLetter, Job, one_write
from apps.jobs.models.lanes import EPOCH, Hold, Lane, LaneBreaker
from apps.jobs.models.pacing import Bucket, ChangedLimit, ChangedRetry
from apps.jobs.models.runners import Runner, Tick

__all__ = [
    "EPOCH",
    "Attempt",
    "Bucket",
    "ChangedLimit",
    "ChangedRetry",
    "DeadLetter",
    "Hold",
    "Job",
    "Lane",
    "LaneBreaker",
    "Runner",
    "Tick",
    "one_write",
]
