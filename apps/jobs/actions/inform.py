"""Pass on what somebody else knows of a job: a partner's webhook has seen how its post ended."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.core.prepared import ask, rowset
from apps.jobs.actions.hold import rewake_lanes
from apps.jobs.models import Job

TOLD = "told"  # where a step finds it in its progress

# A settle that is under way adds to progress and never replaces it: what is told meanwhile stays.
_INFORM = """
UPDATE jobs_job j SET progress = j.progress || jsonb_build_object('told', %(evidence)s::jsonb -> 0),
    run_at = CASE WHEN j.state IN ('waiting', 'verifying') THEN least(j.run_at, %(at)s) ELSE j.run_at END
FROM jobs_lane l WHERE l.id = j.lane_id AND j.id = %(job)s AND j.state IN ('waiting', 'verifying', 'running')
RETURNING l.key
"""


@transaction.atomic
def inform(job: Job, evidence: Mapping[str, str], at: datetime) -> bool:
    """
    Keep the evidence and make the job due: its next step reads it before it calls. False when nothing of it is at the partner.

    It ends nothing: only the engine does, under its fence.
    """
    lanes = [key for (key,) in ask(_INFORM, {"job": job.pk, "evidence": rowset([evidence]), "at": at})]
    rewake_lanes(lanes, at=at)
    return bool(lanes)
