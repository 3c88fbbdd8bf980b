"""Pass on what somebody else knows of a job: a partner's webhook has seen how its post ended."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.core.prepared import ask, rowset
from apps.jobs.actions.hold import rewake_lanes
from apps.jobs.models import Job

TOLD = "told"  # where a step finds it in its progress

# The lane first and then the job, as a claim does: the other way round they would wait for each other.
_LOCK = "SELECT key FROM jobs_lane WHERE id = %(lane)s FOR NO KEY UPDATE"
# A settle that is under way adds to progress and never replaces it: what is told meanwhile stays. What waits for a person,
# or to be sent again, because nobody could tell whether it is out, looks once more: now somebody can.
_INFORM = """
UPDATE jobs_job j SET progress = j.progress || jsonb_build_object('told', %(evidence)s::jsonb -> 0),
    run_at = CASE WHEN j.state = 'running' THEN j.run_at ELSE least(j.run_at, %(at)s) END,
    held_for = '',
    state = CASE WHEN j.state NOT IN ('held', 'queued') THEN j.state
                 WHEN j.committed_at IS NULL THEN 'verifying' ELSE 'waiting' END
WHERE j.id = %(job)s AND (
    j.state IN ('waiting', 'verifying', 'running')
    OR (j.state = 'held' AND j.held_for = 'unconfirmed' AND coalesce(j.unknown_since, j.committed_at) IS NOT NULL)
    OR (j.state = 'queued' AND j.unknown_since IS NOT NULL)
)
RETURNING j.id
"""


@transaction.atomic
def inform(job: Job, evidence: Mapping[str, str], at: datetime) -> bool:
    """
    Keep the evidence and make the job due: its next step reads it before it calls. False when nothing of it is at the partner.

    It ends nothing: only the engine does, under its fence.
    """
    lanes = [key for (key,) in ask(_LOCK, {"lane": job.lane_id})]
    informed = ask(_INFORM, {"job": job.pk, "evidence": rowset([evidence]), "at": at})
    if informed:
        rewake_lanes(lanes, at=at)
    return bool(informed)
