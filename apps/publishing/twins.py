"""The same post to the same account: refused when it is accepted, and asked about again before it goes out."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from apps.core.prepared import ask, rowset
from apps.core.problems import Problem
from apps.jobs.models import Job

SAME_FOR = timedelta(hours=24)

# In SQL: the ORM would spell out hundreds of fingerprints each time. One look at the index for each (OFFSET keeps the
# planner from turning that into one walk through all of an account's posts).
_LATELY = """
SELECT r.connection, r.fingerprint, j.id, j.idempotency_key
FROM jsonb_to_recordset(%(rows)s) AS r(connection uuid, fingerprint text)
CROSS JOIN LATERAL (
    SELECT j.id, j.idempotency_key FROM jobs_job j
    WHERE j.connection = r.connection AND j.fingerprint = r.fingerprint AND j.fingerprint <> ''
      AND (j.created_at > %(since)s AND j.state NOT IN ('failed', 'cancelled', 'dead')) IS TRUE
    OFFSET 0
) AS j
"""
PUBLISHED = """
SELECT r.job, j.id FROM jsonb_to_recordset(%(rows)s) AS r(
    job uuid, connection uuid, fingerprint text, since timestamptz)
CROSS JOIN LATERAL (
    SELECT j.id FROM jobs_job j
    WHERE j.connection = r.connection AND j.fingerprint = r.fingerprint AND j.fingerprint <> ''
      AND (j.kind = 'publish' AND j.state = 'succeeded' AND j.finished_at > r.since) IS TRUE
    LIMIT 1
) AS j
"""


class SamePostTwice(Problem):
    """The same post went to the same connection within a day."""

    code = "same_post_twice"
    status = 409
    title = "The same post is already on its way to this account"


class Twin(NamedTuple):
    """A post that says the same on the same connection."""

    connection: UUID
    fingerprint: str
    job: UUID
    idempotency_key: str | None


def lately(posts: Iterable[tuple[UUID, str]], *, at: datetime) -> list[Twin]:
    """Return the posts of the last day that did not end badly and are like one of these, by connection and fingerprint."""
    rows = [{"connection": connection, "fingerprint": fingerprint} for connection, fingerprint in set(posts)]
    if not rows:
        return []
    return [Twin(*row) for row in ask(_LATELY, {"rows": rowset(rows), "since": at - SAME_FOR})]


def published_since_accepted(jobs: Sequence[Job]) -> dict[UUID, UUID]:
    """Return which of these jobs have a twin that was published after they were accepted, and its id."""
    rows = [
        {
            "job": job.pk,
            "connection": job.connection,
            "fingerprint": job.fingerprint,
            "since": job.created_at,
        }
        for job in jobs
    ]
    return dict(ask(PUBLISHED, {"rows": rowset(rows)})) if rows else {}


def twice(twin: UUID) -> SamePostTwice:
    """Return the refusal that names the first of two posts."""
    return SamePostTwice(detail="Send allow_duplicate: true if it shall go out twice.", job=str(twin))
