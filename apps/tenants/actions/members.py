"""Change and end a person's place in a tenant; somebody must stay who can administer it."""

from uuid import UUID

from django.db import transaction

from apps.core.problems import Problem
from apps.tenants.choices import Role
from apps.tenants.models import Membership, Tenant


class LastAdmin(Problem):
    """The tenant would be left without an admin."""

    code = "last_admin"
    status = 409
    title = "Your team needs an admin"


@transaction.atomic
def set_role(*, tenant: UUID, member: UUID, role: Role) -> Membership:
    """
    Give a member another role.

    :raises Membership.DoesNotExist: when no such member belongs to the tenant.
    :raises LastAdmin: when nobody else is admin.
    """
    row = _locked(tenant, member)
    if role != Role.ADMIN:
        _keep_an_admin(row)
    row.role = role
    row.save(update_fields=["role"])
    return row


@transaction.atomic
def remove(*, tenant: UUID, member: UUID) -> Membership:
    """End a membership; the user stays. Raises as `set_role` does."""
    row = _locked(tenant, member)
    _keep_an_admin(row)
    Membership.objects.for_tenant(tenant).filter(pk=row.pk).delete()
    return row


def _locked(tenant: UUID, member: UUID) -> Membership:
    # Two admins who demote each other at once must not both succeed: the tenant's row takes turns.
    Tenant.objects.select_for_update().get(pk=tenant)
    return Membership.objects.for_tenant(tenant).select_related("user").get(pk=member)


def _keep_an_admin(leaving: Membership) -> None:
    others = Membership.objects.for_tenant(leaving.tenant_id).filter(role=Role.ADMIN).exclude(pk=leaving.pk)
    if leaving.role == Role.ADMIN and not others.exists():
        raise LastAdmin(detail="Make somebody else admin first.")
