"""What the engine counts, once for each settle and claim, after their commit."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import transaction

from apps.core import metrics
from apps.core.registry import Registry
from apps.errors.codes import ErrorCode
from apps.errors.decide import Verb
from apps.errors.outcome import Verdict
from apps.jobs.choices import FINAL
from apps.jobs.decided import Decided
from apps.jobs.models import Job

logger = logging.getLogger(__name__)
TOO_MANY_REQUESTS = 429

# What a kind counts of its own jobs.
MEASURES: Registry[Callable[[Sequence[Decided]], None]] = Registry("measure of a kind")

FINISHED = metrics.counter(
    "jobs_finished_total", "Jobs that came to their end.", "platform", "kind", "outcome"
)
RETRIES = metrics.counter(
    "retries_total", "Tries that failed and are repeated later.", "platform", "kind", "code"
)
ERRORS = metrics.counter("errors_total", "Tries that ended in an error.", "platform", "code")
LIMITED = metrics.counter(
    "connector_rate_limit_429_total",
    "Calls that a partner refused because there were too many, whichever status it says that with.",
    "platform",
)
WAITS = metrics.histogram(
    "queue_wait_seconds",
    "How long jobs waited past the time at which they might have started.",
    "platform",
    buckets=metrics.WAIT_SECONDS,
)


def count_settled(settled: Sequence[Decided]) -> None:
    """Count what became of these. Never raises: what is committed must not look like a settle that failed."""
    try:
        _count(settled)
        by_kind: dict[str, list[Decided]] = defaultdict(list)
        for one in settled:
            by_kind[one.job.kind].append(one)
        for kind in by_kind.keys() & set(MEASURES.names()):
            MEASURES.get(kind)(by_kind[kind])
    except Exception:
        logger.exception("metrics.failed")


def count_ended(jobs: Iterable[Job], state: str) -> None:
    """Count jobs that a person has ended like this, once that is committed."""
    ended = [(job.platform, job.kind, str(state)) for job in jobs]
    transaction.on_commit(lambda: metrics.count(FINISHED, ended), robust=True)


def count_started(jobs: Sequence[Job], at: datetime) -> None:
    """Measure how long these have waited; never raises, as above."""
    try:
        for job in jobs:
            WAITS.labels(job.platform).observe(max(0.0, (at - job.run_at).total_seconds()))
    except Exception:
        logger.exception("metrics.failed")


def code_of(one: Decided) -> str:
    """Return the code that a try ended with, or `none`."""
    found = one.settlement.outcome.classification
    return found.code.value if found else "none"


def was_called(one: Decided) -> bool:
    """Return True when the outside was asked for more than a look, and we heard or lost its answer."""
    said = one.settlement.outcome
    return one.settlement.sent_at is not None and said.look is None and said.verdict is not Verdict.NOT_SENT


def seconds_of(one: Decided) -> float:
    """Return how long a try took."""
    return (one.settlement.latency_ms or 0) / 1000


def _count(settled: Sequence[Decided]) -> None:
    ended = [one for one in settled if one.columns["state"] in FINAL]
    metrics.count(FINISHED, ((one.job.platform, one.job.kind, one.columns["state"]) for one in ended))
    failed = [one for one in settled if one.settlement.outcome.classification]
    metrics.count(ERRORS, ((one.job.platform, code_of(one)) for one in failed))
    metrics.count(LIMITED, ((one.job.platform,) for one in failed if _is_limited(one)))
    again = [one for one in settled if one.decision.verb is Verb.RETRY_AT]
    metrics.count(RETRIES, ((one.job.platform, one.job.kind, code_of(one)) for one in again))


def _is_limited(one: Decided) -> bool:
    return (
        one.settlement.outcome.http_status == TOO_MANY_REQUESTS
        or code_of(one) == ErrorCode.RATE_LIMIT_429.value
    )
