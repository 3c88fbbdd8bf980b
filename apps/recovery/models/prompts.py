"""What people are asked to do, and how often they were."""

from django.db import models
from django.db.models import Q

from apps.connections.models import Connection, Grant
from apps.core.ids import uuid7
from apps.tenants.scoping import TenantManager


class Prompt(models.Model):
    """One stop that people are asked to end by reconnecting: since when, how often they were told, when again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, related_name="+")
    since = models.DateTimeField()
    told = models.PositiveSmallIntegerField(default=0)
    told_at = models.DateTimeField(null=True)  # the last time
    next_at = models.DateTimeField(null=True)  # null: told for the last time
    # The letter that told it last, perhaps of others as well.
    notice = models.ForeignKey("notifications.Notice", on_delete=models.SET_NULL, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "connection"],
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="prompt_open_once_per_grant_or_connection",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="prompt_due",
                condition=Q(closed_at__isnull=True, next_at__isnull=False),
            ),
            models.Index(
                fields=["closed_at"], name="prompt_closed", condition=Q(closed_at__isnull=False)
            ),  # what is pruned
        ]
        permissions = [("send_prompt", "Can ask people to reconnect now")]

    def __str__(self) -> str:
        return self.about

    @property
    def about(self) -> str:
        """What it is about: the whole grant, or one connection whose grant lives."""
        return f"connection:{self.connection_id}" if self.connection_id else f"grant:{self.grant_id}"
