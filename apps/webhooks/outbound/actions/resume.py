"""Send to an endpoint again, what waited first."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.problems import Problem
from apps.jobs.actions.hold import release
from apps.jobs.actions.let_through import hurry
from apps.jobs.actions.reset_breakers import reset_breakers
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Lane
from apps.webhooks.models import Endpoint
from apps.webhooks.outbound.actions.tell import record
from apps.webhooks.outbound.choices import EndpointState


class NotPaused(Problem):
    """The endpoint is active."""

    code = "endpoint_not_paused"
    status = 409
    title = "This endpoint is active already"


@transaction.atomic
def resume(pk: UUID, *, actor: str, at: datetime) -> Endpoint:
    """
    Resume an endpoint of any tenant: what waits goes out now, in the order of its time, also what was to be tried later.

    What was given up stays so until somebody wants it delivered again (operation `redeliver`).

    :raises NotPaused: when somebody was first.
    """
    mine = Endpoint.objects.across_tenants().filter(pk=pk, removed_at=None, state=EndpointState.PAUSED)
    fresh = {"paused_at": None, "paused_for": "", "failing_since": None, "told": 0}
    if mine.update(state=EndpointState.ACTIVE, **fresh) != 1:
        raise NotPaused(detail="There is nothing to resume.")
    endpoint = Endpoint.objects.across_tenants().get(pk=pk)
    record("webhook.resumed", endpoint, actor=actor, at=at)
    lanes = list(Lane.objects.across_tenants().filter(key=endpoint.lane_key).values_list("pk", flat=True))
    reset_breakers(lanes, actor=actor, at=at)
    hurry(lanes, at=at)
    release(scope=f"lane:{endpoint.lane_key}", reason=HoldReason.ENDPOINT, actor=actor, at=at)
    return endpoint
