"""What is counted of posts."""

from collections.abc import Iterator, Sequence

from apps.connections.choices import Platform
from apps.core import metrics
from apps.errors.decide import Verb
from apps.errors.outcome import Verdict
from apps.jobs.decided import Decided
from apps.jobs.metrics import code_of, seconds_of, was_called

PUBLISHED = metrics.counter(
    "connector_publish_total",
    "Posts that went out (`success`), and tries that failed or whose outcome is open (`failure`, `unknown`).",
    "platform",
    "outcome",
    "status_class",
    "code",
)
LATENCY = metrics.histogram(
    "connector_publish_latency_seconds", "How long a step of a post took at the partner.", "platform"
)
# What alerts compare: some partners say it with 200.
_AUTH = ("AUTH_EXPIRED", "AUTH_INVALID", "AUTH_REVOKED", "APP_DEAUTHORIZED", "PERMISSION_INSUFFICIENT")
metrics.begin(
    PUBLISHED,
    (
        *((platform.value, "success", "2xx", "none") for platform in Platform),
        *(
            (platform.value, "failure", status, code)
            for platform in Platform
            for status in ("2xx", "4xx")
            for code in _AUTH
        ),
    ),
)


def count(settled: Sequence[Decided]) -> None:
    """Count the posts of a settle."""
    metrics.count(PUBLISHED, _labels(settled))
    for one in settled:
        if was_called(one):
            LATENCY.labels(one.job.platform).observe(seconds_of(one))


def _labels(settled: Sequence[Decided]) -> Iterator[tuple[str, ...]]:
    for one in settled:
        if outcome := _outcome(one):
            yield one.job.platform, outcome, _status_class(one.settlement.outcome.http_status), code_of(one)


def _outcome(one: Decided) -> str:
    """Return what happened to a post, or nothing: a step between, a look and what was not sent are no end of a try."""
    if one.decision.verb is Verb.SUCCEED:
        return "success"
    verdict = one.settlement.outcome.verdict
    return verdict.value if was_called(one) and verdict in {Verdict.FAILURE, Verdict.UNKNOWN} else ""


def _status_class(status: int | None) -> str:
    return f"{status // 100}xx" if status else "none"
