"""The account that a row of the engine is about: there it is a plain id."""

from uuid import UUID

from apps.connections.models import Connection


def account_of(pk: UUID | None) -> Connection | None:
    """Return the connection, or None where there is none or no more."""
    if pk is None:
        return None
    return Connection.objects.across_tenants().select_related("tenant").filter(pk=pk).first()
