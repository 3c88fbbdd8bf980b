"""What a person authorised at a partner."""

from django.db import models
from django.db.models import Q

from apps.connections.choices import Platform
from apps.core.ids import uuid7
from apps.tenants.scoping import TenantManager


class Grant(models.Model):
    """One authorisation by one person at one partner; serves one or more connections."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20, choices=Platform.choices)
    login = models.CharField(max_length=20, blank=True)  # meta: facebook | instagram
    external_user_id = models.CharField(max_length=200)
    user_name = models.CharField(max_length=300, blank=True)
    authorised_until = models.DateTimeField(null=True)  # the end that only a new sign-in moves
    ending_told = models.DateTimeField(null=True)  # the end that people have been told of

    objects = TenantManager()

    class Meta:
        indexes = [
            models.Index(
                fields=["authorised_until"], name="grant_ending", condition=Q(authorised_until__isnull=False)
            ),
            # By what partners call a person, whosever customer that is: webhooks name nobody else.
            models.Index(fields=["external_user_id", "platform"], name="grant_of_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "platform", "login", "external_user_id"],
                name="grant_once_per_person_and_login",
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.user_name or self.external_user_id}"
