"""Tokens, encrypted, one version after the other."""

from django.db import models
from django.db.models import Q

from apps.connections.choices import CredentialState
from apps.connections.models.connections import Connection
from apps.connections.models.grants import Grant
from apps.core import crypto
from apps.core.ids import uuid7


class Credential(models.Model):
    """Tokens of a grant, or of one connection where the partner derives a token for each account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, related_name="+")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=CredentialState.choices)
    access = models.TextField()
    refresh = models.TextField(blank=True)
    scopes = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True)
    refresh_at = models.DateTimeField(null=True)  # when we renew it unasked; null once that is under way
    reply_lost_at = models.DateTimeField(null=True)  # a refresh was sent and its answer is not known
    refused_at = models.DateTimeField(null=True)  # the partner renews it no more
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["refresh_at"],
                name="credential_refresh_due",
                condition=Q(state="current", refresh_at__isnull=False),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "connection"],
                condition=Q(state="current"),
                nulls_distinct=False,
                name="credential_one_current_per_grant_and_connection",
            ),
            models.UniqueConstraint(
                fields=["grant", "connection", "version"],
                nulls_distinct=False,
                name="credential_version_once",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"

    def access_token(self) -> str:
        """Return the token in clear. :raises CannotDecrypt: when its key is gone."""
        return crypto.decrypt(self.access, context=f"{self.pk}:access")

    def refresh_token(self) -> str:
        """Return the refresh token in clear, or nothing."""
        return crypto.decrypt(self.refresh, context=f"{self.pk}:refresh") if self.refresh else ""
