"""Bulk operations and what became of each of their subjects."""

from django.db import models
from django.db.models import Q

from apps.core.ids import uuid7
from apps.recovery.choices import ENDED, ItemResult, OperationKind, OperationState, Prediction
from apps.tenants.scoping import TenantManager


class Operation(models.Model):
    """One decision of a person about many subjects, carried out in slices by the bulk worker."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # None: staff, over all tenants.
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=OperationKind.choices)
    filter = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    upto = models.UUIDField(null=True)  # the newest subject at the start: later ones are not meant
    state = models.CharField(max_length=20, choices=OperationState.choices, default=OperationState.RUNNING)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)  # by result; the items are the truth
    job = models.UUIDField(null=True)
    actor = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    idempotency_key = models.CharField(max_length=255, null=True)  # noqa: DJ001 - null keeps the unique index partial
    note = models.TextField(blank=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                nulls_distinct=False,
                name="operation_idempotency_key_unique_per_tenant",
            ),
            models.CheckConstraint(
                name="operation_finished_iff_ended",
                condition=Q(finished_at__isnull=False, state__in=sorted(ENDED))
                | (Q(finished_at__isnull=True) & ~Q(state__in=sorted(ENDED))),
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="operation_of_tenant")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_state_display().lower()})"

    @property
    def lane_key(self) -> str:
        """The key of its lane."""
        return f"operation:{self.pk}"

    @property
    def has_ended(self) -> bool:
        """True when nothing more is done for it."""
        return self.state in ENDED


class OperationItem(models.Model):
    """One subject of an operation: what was predicted, and what was done."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField()
    predicted = models.CharField(max_length=20, choices=Prediction.choices, blank=True)
    result = models.CharField(max_length=20, choices=ItemResult.choices)
    detail = models.TextField(blank=True)
    job = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "subject"], name="operation_item_once_per_subject")
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.result}"
