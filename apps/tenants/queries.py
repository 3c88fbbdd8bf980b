"""Reads of tenants and people."""

from uuid import UUID

from apps.tenants.choices import RANK, Role
from apps.tenants.models import Membership, Tenant, User


def membership(user: User, slug: str) -> Membership | None:
    """Return the person's membership at the tenant with this slug, or None: both look the same to a stranger."""
    if not user.is_authenticated:
        return None
    return (
        Membership.objects.across_tenants()
        .filter(user=user, tenant__slug=slug)
        .select_related("tenant")
        .first()
    )


def memberships_of(user: User) -> list[Membership]:
    """Return where the person belongs, by the tenant's name."""
    rows = Membership.objects.across_tenants().filter(user=user).select_related("tenant")
    return list(rows.order_by("tenant__name"))


def tenant(tenant_id: UUID) -> Tenant:
    """Return a tenant by id."""
    return Tenant.objects.get(pk=tenant_id)


def may(member: Membership, role: Role) -> bool:
    """Return True when the member's role includes `role`."""
    return RANK[Role(member.role)] >= RANK[role]
