"""The installation's own tenant: what operations are told runs in lanes like anybody's, and a lane has a tenant."""

from uuid import UUID

from apps.tenants.models import Tenant

HOUSE = UUID("00000000-0000-7000-8000-000000000001")


def house() -> Tenant:
    """Return it; nobody is its member, and no customer's name becomes its slug."""
    row, _ = Tenant.objects.get_or_create(pk=HOUSE, defaults={"name": "Operations", "slug": "_operations"})
    return row
