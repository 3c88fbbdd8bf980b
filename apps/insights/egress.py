"""Our own way out: when nothing outside can be reached, no partner is to blame, and nobody is asked until it is back."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.connections import way_out
from apps.connections.choices import Health
from apps.core import clock, ids
from apps.events import log
from apps.insights.models import HealthResult
from apps.notifications import audience
from apps.notifications.actions.notify import notify
from apps.recovery.letters import operations
from apps.tenants.scoping import TenantQuerySet

LATELY = timedelta(minutes=10)
ACTOR = "system:egress"


def is_in_doubt() -> bool:
    """Return True when a check met silence lately."""
    return _silent().exists()


@transaction.atomic
def blame_ourselves(*, at: datetime) -> None:
    """Take the silence of these minutes from the partners, and tell operations once an hour."""
    if _silent().filter(ours=False).update(ours=True):
        log.record("egress.closed", tenant=None, subject="house", actor=ACTOR, at=at)
    notify(
        key=f"egress.closed:{at:%Y-%m-%dT%H}",
        letter=operations(
            "Nothing outside can be reached",
            "Checks of connections got no answer, and none of the partners' servers takes a connection.",
            "No partner is blamed and no connection is paused. Checks wait until the way out is open again.",
        ),
        to=audience.operations(at=at),
        tenant=None,
        about="house",
        actor=ACTOR,
        at=at,
    )


def _silent() -> TenantQuerySet[HealthResult]:
    lately = ids.floor(clock.real_now() - LATELY)
    rows = HealthResult.objects.across_tenants().filter(pk__gte=lately, status=Health.UNKNOWN)
    return rows.filter(code__in=sorted(way_out.SILENT))
