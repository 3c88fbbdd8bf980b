"""Where a tenant wants no auto-pause: hold the lane, tell operations, and leave the status as it is."""

from datetime import datetime

from django.db import transaction

from apps.connections.models import Connection
from apps.errors.classification import Classification, Scope
from apps.events import log
from apps.jobs.actions.hold import hold
from apps.jobs.kinds import HoldReason

ACTOR = "system:auto_pause"
AUTOPAUSE_OFF = "autopause_off"  # by what the lane was parked
SENTENCE = "Our access has ended, and auto-pause is off for this tenant. Operations must act."
TOLD = "The partner told us that our access was taken back, and auto-pause is off for this tenant. Operations must act."


@transaction.atomic
def hold_for_operations(
    connection: Connection, classification: Classification, *, at: datetime, told: bool = False
) -> bool:
    """
    Hold the connection's lane, or every lane of a dead grant; False when that was done before.

    `told`: the partner said so unasked; such a hold is never taken for a part of an incident.
    """
    whole_grant = classification.scope is Scope.GRANT
    scope = f"grant:{connection.grant_id}" if whole_grant else f"lane:{connection.lane_key}"
    sentence = TOLD if told else SENTENCE
    if not hold(scope=scope, reason=HoldReason.OPS, at=at, who="operations", sentence=sentence):
        return False
    log.record(
        "lane.parked",
        tenant=connection.tenant_id,
        subject=scope,
        actor=ACTOR,
        at=at,
        data={
            "code": classification.code,
            "rule": classification.rule_id,
            "by": AUTOPAUSE_OFF,
            "connection": str(connection.pk),
        },
    )
    return True
