"""Where a tenant wants to be told what happens, and what it was told."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.core import crypto
from apps.core.ids import uuid7
from apps.tenants.scoping import TenantManager
from apps.webhooks.outbound.choices import DeliveryState, EndpointState, PausedFor


class Endpoint(models.Model):
    """One URL of a host product, and the types of events that it wants to hear of."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    url = models.TextField()
    description = models.CharField(max_length=200, blank=True)
    event_types = ArrayField(models.CharField(max_length=60))
    # Encrypted; the one before signs as well until its time is over. Empty when the endpoint was removed.
    secret = models.TextField(blank=True)
    previous_secret = models.TextField(blank=True)
    previous_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=20, choices=EndpointState.choices, default=EndpointState.ACTIVE)
    paused_at = models.DateTimeField(null=True)
    paused_for = models.CharField(max_length=20, choices=PausedFor.choices, blank=True)
    failing_since = models.DateTimeField(null=True)  # since then every try failed
    told = models.PositiveSmallIntegerField(default=0)  # how much of its time is over, as people were told
    sequence = models.BigIntegerField(default=0)  # of the last event that was meant for it
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    # What a caller named its requests: repeating one changes nothing.
    made_with = models.CharField(max_length=255, null=True)  # noqa: DJ001 - null keeps the unique index partial
    rotated_with = models.CharField(max_length=255, blank=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "made_with"],
                condition=Q(made_with__isnull=False),
                name="endpoint_made_once_per_key",
            ),
            models.CheckConstraint(
                name="endpoint_paused_iff_paused_at",
                condition=(Q(state="paused", paused_at__isnull=False) & ~Q(paused_for=""))
                | (~Q(state="paused") & Q(paused_at__isnull=True, paused_for="")),
            ),
            models.CheckConstraint(
                name="endpoint_has_secrets_iff_not_removed",
                condition=(Q(removed_at__isnull=True) & ~Q(secret=""))
                | Q(removed_at__isnull=False, secret="", previous_secret=""),
            ),
            models.CheckConstraint(
                name="endpoint_previous_secret_ends",
                condition=(Q(previous_secret="") & Q(previous_until__isnull=True))
                | (~Q(previous_secret="") & Q(previous_until__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-id"], name="endpoint_of_tenant", condition=Q(removed_at__isnull=True)
            )
        ]
        permissions = [("operate_endpoint", "Can test, pause and resume endpoints, and deliver again")]

    def __str__(self) -> str:
        return self.url

    @property
    def lane_key(self) -> str:
        """The key of its lane."""
        return f"endpoint:{self.pk}"

    @property
    def is_active(self) -> bool:
        """True when what happens is sent at once."""
        return self.state == EndpointState.ACTIVE

    def wants(self, event_type: str) -> bool:
        """Return True when it asked for this type, by name or by category."""
        category = event_type.partition(".")[0]
        return any(one in {"*", f"{category}.*", event_type} for one in self.event_types)

    def current_secret(self) -> str:
        """Return the secret that signs, in clear. :raises CannotDecrypt: when its key is gone."""
        return crypto.decrypt(self.secret, context=f"{self.pk}:secret")

    def live_secrets(self, at: datetime) -> list[str]:
        """Return every secret that signs at this moment, the newest first. :raises CannotDecrypt: when a key is gone."""
        live = [self.current_secret()]
        if self.previous_until and self.previous_until > at:
            live.append(crypto.decrypt(self.previous_secret, context=f"{self.pk}:secret"))
        return live


class Delivery(models.Model):
    """One event on its way to one endpoint: the text that is sent, the same with every try, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="+", db_index=False)
    event = models.UUIDField()  # of the log; a test has one of its own
    type = models.CharField(max_length=60)
    sequence = models.BigIntegerField(null=True)  # without gaps at its endpoint; a test has none
    event_at = models.DateTimeField()
    body = models.TextField()
    job = models.UUIDField()  # the newest that carries it
    state = models.CharField(max_length=20, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    redelivered_with = models.CharField(max_length=255, blank=True)  # what a caller named its request

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="delivery_once_per_event"),
            models.CheckConstraint(
                name="delivery_ended_iff_not_waiting",
                condition=Q(state="waiting", ended_at__isnull=True)
                | (~Q(state="waiting") & Q(ended_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "-id"], name="delivery_of_endpoint"),
            models.Index(fields=["endpoint", "id"], name="delivery_failed", condition=Q(state="failed")),
            models.Index(fields=["endpoint"], name="delivery_waiting", condition=Q(state="waiting")),
            models.Index(fields=["tenant"], name="delivery_of_tenant"),
        ]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"

    @property
    def message_id(self) -> str:
        """What a receiver knows it by: the same for every try, and at every endpoint that is told of the event."""
        return f"evt_{self.event.hex}"
