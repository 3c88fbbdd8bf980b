"""Sign-ins under way, and the links that lead to them."""

from django.db import models
from django.db.models import Q

from apps.connections.choices import Platform, SignInStage
from apps.connections.models.connections import Connection
from apps.core.ids import uuid7
from apps.tenants.scoping import TenantManager


class SignIn(models.Model):
    """
    A sign-in at a partner under way: single use, bound to the browser session that began it.

    What it brings is pending: it stays in this row, encrypted, until a health check has passed with it. Until then
    grants, credentials and connections know nothing of it, and a refresh of the old ones goes on beside it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=64, unique=True)  # hash of the state that travels
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("tenants.User", on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20, choices=Platform.choices)
    login = models.CharField(max_length=20, blank=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, related_name="+")
    session = models.CharField(max_length=64)
    verifier = models.CharField(max_length=128, blank=True)
    backfill = models.BooleanField(default=True)
    stage = models.CharField(max_length=20, choices=SignInStage.choices, default=SignInStage.AWAY)
    brought = models.TextField(blank=True)
    chosen = models.JSONField(default=list)  # external ids of the accounts that are to use it
    why = models.TextField(blank=True)  # of a failure, in words
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="sign_in_keeps_secrets_only_while_it_needs_them",
                condition=Q(stage__in=["choosing", "proving"]) | Q(brought=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} sign-in, {self.stage}"


class ReconnectLink(models.Model):
    """A link in an e-mail that leads to the reconnect of one connection, once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = TenantManager()

    def __str__(self) -> str:
        return f"link for {self.connection_id}"
