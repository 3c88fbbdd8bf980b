"""The lane of an endpoint."""

from apps.jobs.actions.enqueue import LaneSpec
from apps.webhooks.models import Endpoint

PLATFORM = "http"  # the table of errors for servers that are nobody's platform
AT_ONCE = 8  # an endpoint that is slow gets so many at a time, so events may arrive out of order


def lane_of(endpoint: Endpoint) -> LaneSpec:
    """Return the lane in which an endpoint's deliveries wait."""
    return LaneSpec(
        key=endpoint.lane_key,
        tenant=endpoint.tenant_id,
        platform=PLATFORM,
        scopes=[f"tenant:{endpoint.tenant_id}"],
        concurrency=AT_ONCE,
    )
