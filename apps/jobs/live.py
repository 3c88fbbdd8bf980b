"""What operators said of retries and limits, as fresh in this process as in the database within seconds."""

import time
from collections import defaultdict

from apps.errors.retry import RetryPolicy
from apps.jobs import limits
from apps.jobs.kinds import Kind
from apps.jobs.limits import Budget, Limit, Per
from apps.jobs.models import ChangedLimit, ChangedRetry

FRESH_FOR = 2.0  # seconds
_retries: dict[tuple[str, str], RetryPolicy] = {}
_read_at = float("-inf")


def policy_of(kind: Kind, platform: str) -> RetryPolicy:
    """Return the policy for a kind at a platform: what was said of both, of the kind everywhere, or the kind's own."""
    return _retries.get((kind.name, platform)) or _retries.get((kind.name, "")) or kind.policy


def refresh(*, older_than: float = FRESH_FOR) -> None:
    """Read again what was said if what we have is older than so many seconds."""
    global _read_at, _retries  # noqa: PLW0603 - one set for each process
    if time.monotonic() - _read_at < older_than:
        return
    _retries = {(row.kind, row.platform): row.value for row in ChangedRetry.objects.all()}
    limits.heed(_changed_limits())
    _read_at = time.monotonic()


def _changed_limits() -> dict[str, list[Limit]]:
    """Which limits there are; how high they are now is read by each claim anew."""
    found: dict[str, list[Limit]] = defaultdict(list)
    for row in ChangedLimit.objects.all():
        found[row.platform].append(Limit(Per(row.per), Budget(row.budget), row.burst, row.per_minute))
    return found
