"""Stop sending to an endpoint: what is meant for it waits in its lane."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.problems import Problem
from apps.jobs.actions.hold import hold
from apps.jobs.kinds import HoldReason
from apps.webhooks.models import Endpoint
from apps.webhooks.outbound.actions.tell import record
from apps.webhooks.outbound.choices import EndpointState, PausedFor

_SENTENCES = {
    PausedFor.BY_HAND: "Its endpoint was paused by a person.",
    PausedFor.GONE: "Its endpoint said that it is gone (410), so it is paused.",
    PausedFor.FAILING: "Its endpoint took nothing for five days, so it is paused.",
}


class NotActive(Problem):
    """The endpoint is paused already."""

    code = "endpoint_not_active"
    status = 409
    title = "This endpoint is paused already"


@transaction.atomic
def pause(pk: UUID, *, why: PausedFor, actor: str, at: datetime) -> Endpoint:
    """
    Pause an endpoint of any tenant.

    :raises NotActive: when somebody was first.
    """
    mine = Endpoint.objects.across_tenants().filter(pk=pk, removed_at=None, state=EndpointState.ACTIVE)
    if mine.update(state=EndpointState.PAUSED, paused_at=at, paused_for=why) != 1:
        raise NotActive(detail="Resume it first.")
    endpoint = Endpoint.objects.across_tenants().get(pk=pk)
    hold(
        scope=f"lane:{endpoint.lane_key}",
        reason=HoldReason.ENDPOINT,
        sentence=_SENTENCES[why],
        who="whoever owns the endpoint",
        at=at,
    )
    since = endpoint.failing_since.isoformat() if endpoint.failing_since else ""
    record("webhook.paused", endpoint, actor=actor, at=at, why=why.value, failing_since=since)
    return endpoint
