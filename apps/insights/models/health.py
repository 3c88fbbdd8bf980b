"""Whether connections work: what is known of each now, and what each check found."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.connections.choices import Health, Platform, Warned
from apps.connections.models import Connection
from apps.core.ids import uuid7
from apps.tenants.scoping import TenantManager


class ConnectionHealth(models.Model):
    """What the last check of a connection found, and when it is asked next."""

    connection = models.OneToOneField(
        Connection, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=20, choices=Health.choices, default=Health.UNKNOWN)
    code = models.CharField(max_length=40, blank=True)
    warnings = ArrayField(models.CharField(max_length=30, choices=Warned.choices), default=list)
    latency_ms = models.PositiveIntegerField(null=True)
    checked_at = models.DateTimeField(null=True)
    # When an answer last told whether it works: a check's or a post's.
    proven_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()

    objects = TenantManager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="health_due")]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.status}"


class HealthResult(models.Model):
    """One check: what it found, and when. Its id is that of the event that told of it, so it is kept once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    connection = models.UUIDField()
    platform = models.CharField(max_length=20, choices=Platform.choices)
    status = models.CharField(max_length=20, choices=Health.choices)
    code = models.CharField(max_length=40, blank=True)
    warnings = ArrayField(models.CharField(max_length=30, choices=Warned.choices), default=list)
    latency_ms = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()
    ours = models.BooleanField(default=False)  # nothing outside could be reached: no partner's fault

    objects = TenantManager()

    class Meta:
        indexes = [models.Index(fields=["connection", "-id"], name="health_result_of_connection")]

    def __str__(self) -> str:
        return f"{self.connection} {self.status}"
