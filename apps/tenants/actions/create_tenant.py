"""Create a tenant with its first admin."""

from django.db import transaction
from django.utils.text import slugify

from apps.core.problems import Problem
from apps.tenants.choices import NOTIFY_ON_FIRST, Role
from apps.tenants.models import Membership, Tenant, User


class TenantExists(Problem):
    """There is a tenant of that name already."""

    code = "tenant_exists"
    status = 409
    title = "There is a tenant of that name already"


@transaction.atomic
def create_tenant(*, name: str, admin_email: str) -> tuple[Tenant, User]:
    """
    Create the tenant and make the person its admin (a new user has no password yet).

    :raises TenantExists: when the name's slug is taken.
    """
    slug = slugify(name)[:50]
    if Tenant.objects.filter(slug=slug).exists():
        raise TenantExists(detail=f"Choose another name than {name}.")
    tenant = Tenant.objects.create(name=name, slug=slug)
    user = User.objects.filter(email=admin_email.lower()).first() or User.objects.create_user(admin_email)
    Membership.objects.create(tenant=tenant, user=user, role=Role.ADMIN, notify_on=list(NOTIFY_ON_FIRST))
    return tenant, user
