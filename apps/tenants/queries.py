"""Reads of tenants and people."""

from datetime import datetime
from uuid import UUID

from apps.tenants.choices import RANK, Role
from apps.tenants.models import Invitation, Membership, Tenant, User


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


def member(tenant_id: UUID, user_id: UUID) -> Membership | None:
    """Return a person's membership at a tenant, or None."""
    rows = Membership.objects.for_tenant(tenant_id).filter(user=user_id)
    return rows.select_related("tenant").first()


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


def members_of(tenant_id: UUID) -> list[Membership]:
    """Return the team, by e-mail address."""
    rows = Membership.objects.for_tenant(tenant_id).select_related("user")
    return list(rows.order_by("user__email"))


def open_invitations(tenant_id: UUID, *, at: datetime) -> list[Invitation]:
    """Return the invitations that can still be accepted, the newest first."""
    rows = Invitation.objects.for_tenant(tenant_id).filter(closed_at=None, expires_at__gt=at)
    return list(rows.order_by("-created_at"))


def user(user_id: UUID) -> User:
    """Return a person by id."""
    return User.objects.get(pk=user_id)


def user_by_email(email: str) -> User | None:
    """Return the person with this address, or None."""
    return User.objects.filter(email=email.lower()).first()
