"""What interfaces may ask of drills."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.drills import card, queries
from apps.drills.actions import abort as aborting
from apps.drills.actions import start as starting
from apps.drills.choices import WHOLE_HOUSE
from apps.drills.models import DrillRun
from apps.drills.scenarios import SCENARIOS
from apps.tenants.scoping import TenantQuerySet

MOST = 50


class Port:
    """The only way in for API and console."""

    def offered(self) -> Mapping[str, str]:
        offered = SCENARIOS.keys() - WHOLE_HOUSE
        return {str(name): one.words for name, one in SCENARIOS.items() if name in offered}

    def start(
        self,
        name: str,
        *,
        tenant: UUID,
        connections: Collection[UUID],
        duration: timedelta,
        rate: int,
        actor: str,
        at: datetime,
    ) -> Mapping[str, Any]:
        run = starting.start(
            name,
            tenant=tenant,
            connections=connections,
            duration=duration,
            rate=rate,
            actor=actor,
            at=at,
        )
        return card.to_json(run)

    def abort(self, run: UUID, *, tenant: UUID | None, actor: str, at: datetime) -> Mapping[str, Any]:
        _rows(tenant)
        return card.to_json(aborting.abort(run, tenant=tenant, actor=actor, at=at))

    def cards(self, *, tenant: UUID | None) -> Sequence[Mapping[str, Any]]:
        rows = _rows(tenant).select_related("tenant").order_by("-pk")[:MOST]
        return [card.to_json(one) for one in rows]

    def card(self, run: UUID, *, tenant: UUID | None) -> Mapping[str, Any]:
        return card.to_json(_rows(tenant).select_related("tenant").get(pk=run))


def _rows(tenant: UUID | None) -> TenantQuerySet[DrillRun]:
    """Return whose runs may be seen. :raises DrillsOff: where the tenant has none."""
    if tenant is None:
        return queries.runs_across_tenants()
    starting.demand_switched_on(tenant)
    return queries.runs_of(tenant=tenant)
