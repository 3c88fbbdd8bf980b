"""When to try again: policies as data, and three pure functions."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from apps.errors.classification import Classification
from apps.errors.codes import ErrorAction

# Which part of the wait chance may choose; `around` spreads calls that must keep their date.
_JITTER = {"full": (0.0, 1.0), "equal": (0.5, 1.0), "around": (0.8, 1.2)}
LONGEST_HINT = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and how long to wait in between; seconds."""

    strategy: str  # exponential, linear, fixed, listed
    base: float
    factor: float = 2.0
    cap: float = 1800.0
    max_attempts: int = 8
    jitter: str = "full"  # full, equal, around, none
    waits: tuple[float, ...] = ()

    def delay(self, attempt: int, rng: Random) -> float:
        """Return the seconds to wait after the attempt with this number (1 is the first)."""
        grown = {
            "exponential": self.base * self.factor ** min(attempt - 1, 60),
            "linear": self.base * attempt,
            "fixed": self.base,
            "listed": self.waits[min(attempt, len(self.waits)) - 1] if self.waits else self.base,
        }[self.strategy]
        longest = min(grown, self.cap)
        if self.jitter == "none":
            return longest
        low, high = _JITTER[self.jitter]
        return rng.uniform(longest * low, longest * high)


PRESETS = {
    "default": RetryPolicy("exponential", 30, 2, 1800, 8),
    "aggressive": RetryPolicy("exponential", 1, 2, 60, 10),
    "fast": RetryPolicy("fixed", 0.2, max_attempts=3, jitter="none"),
    "import": RetryPolicy("listed", 5, waits=(5, 10, 20), max_attempts=4, jitter="none"),
    "webhook": RetryPolicy(
        "listed",
        5,
        cap=36000,
        waits=(5, 300, 1800, 7200, 18000, 36000, 36000),
        max_attempts=8,
        jitter="around",
    ),
    "poll": RetryPolicy("fixed", 5, max_attempts=200, jitter="none"),
}


def should_retry(
    classification: Classification, attempt: int, policy: RetryPolicy = PRESETS["default"]
) -> bool:
    """Return True when another try may help; `attempt` tries have been burnt."""
    if attempt >= policy.max_attempts:
        return False
    return classification.retryable or classification.action is ErrorAction.RETRY_WITH_BACKOFF


def next_retry_delay(
    classification: Classification, attempt: int, rng: Random, policy: RetryPolicy = PRESETS["default"]
) -> float:
    """Return the seconds until the next try; the partner's own hint wins when it is longer, up to a day."""
    chosen = PRESETS["poll"] if classification.entry.policy == "poll" else policy
    hint = _hint(classification)
    return max(chosen.delay(max(attempt, 1), rng), classification.first_wait or 0, hint)


def hint_of(classification: Classification) -> timedelta:
    """Return how long the partner wants to be left alone, up to a day: some say a moment where a number of seconds is meant."""
    return timedelta(seconds=_hint(classification))


def _hint(classification: Classification) -> float:
    return min(classification.retry_after or 0, LONGEST_HINT)
