"""Feature flags: what is on for a tenant. A read is one small query; ask once for a batch, never once for a job."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from apps.tenants.choices import OFF_UNLESS_SET, Flag
from apps.tenants.models import FlagSetting, Tenant


def enabled(tenant: UUID, flag: Flag) -> bool:
    """Return whether the feature is on for the tenant."""
    return not off_among([tenant], flag)


def off_among(tenants: Iterable[UUID], flag: Flag) -> set[UUID]:
    """Return those of the tenants for which the feature is off, with one query for all of them."""
    asked = set(tenants)
    rows = FlagSetting.objects.across_tenants().filter(tenant__in=asked, flag=flag)
    said = dict(rows.values_list("tenant", "on"))
    return {tenant for tenant in asked if not said.get(tenant, _default(flag))}


def tenants_with(flag: Flag) -> QuerySet[Tenant]:
    """Return the tenants for which the feature is on: for what runs over all of them, by name."""
    other = FlagSetting.objects.across_tenants().filter(flag=flag, on=not _default(flag)).values("tenant")
    rows = Tenant.objects.order_by("name")
    return rows.exclude(pk__in=other) if _default(flag) else rows.filter(pk__in=other)


def switches(tenants: Iterable[UUID]) -> dict[UUID, dict[Flag, bool]]:
    """Return every flag of these tenants, with one query."""
    found = {tenant: {flag: _default(flag) for flag in Flag} for tenant in tenants}
    for row in FlagSetting.objects.across_tenants().filter(tenant__in=found):
        found[row.tenant_id][Flag(row.flag)] = row.on
    return found


@transaction.atomic
def switch(*, tenant: UUID, flag: Flag, on: bool, actor: str, at: datetime) -> bool:
    """Switch the feature for the tenant and return how it was before; the caller writes both to the event log."""
    # Two switches at once take turns: each must see what the other left.
    Tenant.objects.select_for_update().get(pk=tenant)
    before = enabled(tenant, flag)
    FlagSetting.objects.across_tenants().update_or_create(
        tenant_id=tenant, flag=flag, defaults={"on": on, "changed_at": at, "changed_by": actor}
    )
    return before


def _default(flag: Flag) -> bool:
    return flag not in OFF_UNLESS_SET
