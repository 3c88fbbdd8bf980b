"""How long accounts published nothing."""

from django.db import models
from django.db.models import Q

from apps.core.ids import uuid7
from apps.insights.choices import OutageEnd
from apps.tenants.scoping import TenantManager


class Outage(models.Model):
    """A stretch of time in which a connection was stopped by its partner's answer, and how it ended."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    connection = models.UUIDField()
    platform = models.CharField(max_length=20)
    code = models.CharField(max_length=40, blank=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=20, choices=OutageEnd.choices, blank=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "began_at"], name="outage_begins_once"),
            models.CheckConstraint(
                name="outage_ended_somehow",
                condition=Q(ended_at__isnull=True, end="") | (Q(ended_at__isnull=False) & ~Q(end="")),
            ),
        ]
        indexes = [
            models.Index(fields=["connection"], name="outage_open", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["tenant", "ended_at"], name="outage_of_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} since {self.began_at}"
