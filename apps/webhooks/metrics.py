"""What is counted of webhooks, in and out."""

from collections.abc import Iterator, Sequence

from apps.connections.choices import Platform
from apps.core import metrics
from apps.errors.decide import Verb
from apps.jobs.decided import Decided

RECEIVED = metrics.counter(
    "connector_webhook_received_total",
    "What partners sent: `accepted`, `repeated`, `rejected` (no proof); and of the accepted what could not be used:"
    " `malformed`, `failed`.",
    "platform",
    "verdict",
)
DELIVERED = metrics.counter(
    "webhook_delivery_total",
    "Tries to tell a tenant's endpoint: `delivered`, `retried` (failed, comes again), `given_up`.",
    "outcome",
)
VERDICTS = ("accepted", "repeated", "rejected", "malformed", "failed")
_OUTCOMES = {Verb.SUCCEED: "delivered", Verb.RETRY_AT: "retried", Verb.DEAD_LETTER: "given_up"}
metrics.begin(RECEIVED, ((one.value, verdict) for one in Platform for verdict in VERDICTS))
metrics.begin(DELIVERED, ((outcome,) for outcome in _OUTCOMES.values()))


def count_deliveries(settled: Sequence[Decided]) -> None:
    """Count what became of deliveries."""
    metrics.count(DELIVERED, _outcomes(settled))


def _outcomes(settled: Sequence[Decided]) -> Iterator[tuple[str]]:
    for one in settled:
        if one.decision.verb in _OUTCOMES and "not_sent" not in one.settlement.outcome.result:
            yield (_OUTCOMES[one.decision.verb],)
