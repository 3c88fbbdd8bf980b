"""What waits for a person, counted up to a bound: a page that is asked for all day costs the same in the worst hour."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from apps.jobs.choices import HeldFor, JobState
from apps.jobs.models import DeadLetter, Job

MOST = 10_000  # of one sort
MOST_OF_A_CAUSE = 1_000

# From one cause to the next by the index `dead_letter_causes`: grouping would read every letter.
_CAUSES = """
WITH RECURSIVE causes AS (
    (SELECT platform, error_code, rule_id, created_at FROM jobs_deadletter WHERE resolved_at IS NULL
     ORDER BY platform, error_code, rule_id, created_at LIMIT 1)
    UNION ALL
    SELECT next.* FROM causes CROSS JOIN LATERAL (
        SELECT platform, error_code, rule_id, created_at FROM jobs_deadletter AS d
        WHERE resolved_at IS NULL
          AND (d.platform, d.error_code, d.rule_id) > (causes.platform, causes.error_code, causes.rule_id)
        ORDER BY platform, error_code, rule_id, created_at LIMIT 1
    ) AS next
)
SELECT platform, error_code, rule_id, created_at, (
    SELECT count(*) FROM (
        SELECT FROM jobs_deadletter AS d
        WHERE resolved_at IS NULL AND d.platform = causes.platform AND d.error_code = causes.error_code
          AND d.rule_id = causes.rule_id
        LIMIT %(bound)s
    ) AS counted
) AS count
FROM causes ORDER BY count DESC, created_at, error_code, platform, rule_id
"""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of which the bound is known: beyond it, it only says "more than"."""

    count: int
    most: int

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"{self.most:,}+" if self.count > self.most else f"{self.count:,}"


@dataclass(frozen=True, slots=True)
class LetterCause:
    """What open dead letters have in common, how many there are, and since when."""

    platform: str
    code: str
    rule: str
    first: datetime
    count: Count


def letter_causes_across_tenants() -> list[LetterCause]:
    """Return the causes of the open dead letters, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(_CAUSES, {"bound": MOST_OF_A_CAUSE + 1})
        return [
            LetterCause(platform, code, rule, first, Count(count, MOST_OF_A_CAUSE))
            for platform, code, rule, first, count in cursor.fetchall()
        ]


def open_letters_across_tenants() -> Count:
    """Return how many dead letters nobody has put aside."""
    rows = DeadLetter.objects.across_tenants().filter(resolved_at=None)
    return Count(rows[: MOST + 1].count(), MOST)


def held_across_tenants() -> dict[str, tuple[Count, datetime]]:
    """Return how many jobs wait for a person and since when the oldest was there, by what they wait for."""
    found = {}
    for held_for in HeldFor.values:
        rows = Job.objects.across_tenants().filter(state=JobState.HELD, held_for=held_for)
        if since := rows.order_by("id").values_list("created_at", flat=True).first():
            found[held_for] = Count(rows[: MOST + 1].count(), MOST), since
    return found
