"""What is known without asking: posts that went out prove a connection, and a check on its way will tell."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import CharField, Value
from django.db.models.functions import Concat

from apps.connections.models import Connection
from apps.core.prepared import ask
from apps.jobs.choices import CLAIMABLE
from apps.jobs.models import Job

# The newest jobs of each account are enough: whose many planned posts hide the last one that went out is simply asked.
# A drill's posts went out on its stage, and prove nothing.
_NEWEST = 20
_BY_TRAFFIC = """
SELECT c.id, max(a.finished_at)
FROM unnest(%(connections)s::uuid[]) AS c(id)
CROSS JOIN LATERAL (
    SELECT j.id, j.state, j.kind, j.passes, j.finished_at FROM jobs_job j WHERE j.connection = c.id ORDER BY j.id DESC LIMIT %(newest)s
) AS j
JOIN jobs_attempt a ON a.job_id = j.id
WHERE j.state = 'succeeded' AND j.kind IN ('publish', 'delete') AND j.finished_at > %(since)s
  AND NOT 'drill' = ANY (j.passes)
  AND a.outcome = 'success' AND a.sent_at IS NOT NULL AND a.finished_at > %(since)s
GROUP BY c.id
"""


def by_traffic(connections: Collection[UUID], *, since: datetime) -> dict[UUID, datetime]:
    """Return when a partner last did what we asked on these connections; a person's word is no proof."""
    known = {"connections": list(connections), "since": since, "newest": _NEWEST}
    return dict(ask(_BY_TRAFFIC, known)) if connections else {}


def being_checked(connections: Collection[UUID]) -> set[UUID]:
    """Return the connections for which some check waits; its partner may have asked us to slow down."""
    keys = Concat(Value("connection:"), "pk", output_field=CharField())
    lanes = Connection.objects.across_tenants().filter(pk__in=connections).annotate(key=keys)
    waiting = Job.objects.across_tenants().filter(
        lane__key__in=lanes.values("key"), kind="health_check", state__in=sorted(CLAIMABLE)
    )
    found = waiting.exclude(passes=[]).values_list("connection", flat=True)
    return {one for one in found if one}
