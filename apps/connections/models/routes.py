"""Where calls go while a drill runs."""

from django.db import models
from django.db.models import Q

from apps.connections.models.connections import Connection
from apps.core.ids import uuid7
from apps.tenants.scoping import TenantManager


class EgressRoute(models.Model):
    """
    While it is open, what is said to the partner about a connection is said to a drill's stage instead.

    It has tokens of its own, which are good for nothing but that stage: no live one goes there. The first set is the one
    that the drill spoils; once the connection has newer credentials than it had at the beginning, the second counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    run = models.CharField(max_length=36)  # of the drill
    base_url = models.CharField(max_length=200)
    tokens = models.TextField()
    version = models.PositiveIntegerField()  # of the credentials that the first set stands for
    expires_at = models.DateTimeField(null=True)  # when its access ends, as far as we know
    counts = models.BooleanField(default=False)  # what fails here may be an incident of its drill
    opened_at = models.DateTimeField()
    until = models.DateTimeField()  # over by itself from then on
    closed_at = models.DateTimeField(null=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(closed_at__isnull=True),
                name="egress_route_open_once_per_connection",
            ),
            models.CheckConstraint(
                name="egress_route_closed_without_its_tokens",
                condition=Q(closed_at__isnull=True) | Q(tokens=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connection_id} until {self.until}"
