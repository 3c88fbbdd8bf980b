"""Authorisations that end whatever we do: people are told in time, once for each end."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from apps.connections.choices import ConnectionStatus
from apps.connections.lifetimes import WARNED_BEFORE
from apps.connections.models import Connection, Grant
from apps.events import log

BATCH = 200


def tell_endings(*, at: datetime, most: int = BATCH) -> int:
    """Tell of grants that end within a week and that only a new sign-in prolongs; return how many."""
    users = Connection.objects.across_tenants().filter(grant=OuterRef("pk"), status=ConnectionStatus.ACTIVE)
    ending = (
        Grant.objects.across_tenants()
        .filter(Exists(users), authorised_until__gt=at, authorised_until__lte=at + WARNED_BEFORE)
        .filter(Q(ending_told=None) | ~Q(ending_told=F("authorised_until")))
        .order_by("authorised_until")
    )
    return sum(_tell(grant, at) for grant in ending[:most])


@transaction.atomic
def _tell(grant: Grant, at: datetime) -> bool:
    rows = Grant.objects.across_tenants().filter(pk=grant.pk, authorised_until=grant.authorised_until)
    untold = rows.filter(Q(ending_told=None) | ~Q(ending_told=grant.authorised_until))
    if grant.authorised_until is None or untold.update(ending_told=grant.authorised_until) != 1:
        return False
    log.record(
        "grant.ending",
        tenant=grant.tenant_id,
        subject=f"grant:{grant.pk}",
        actor="system:refresh",
        at=at,
        data={"platform": grant.platform, "until": grant.authorised_until.isoformat()},
    )
    return True
