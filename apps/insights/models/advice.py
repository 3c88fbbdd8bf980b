"""What we tell a tenant about itself."""

from django.db import models

from apps.core.ids import uuid7
from apps.insights.choices import Category
from apps.tenants.scoping import TenantManager


class AdvisorInsight(models.Model):
    """One week of a tenant: its numbers, and what we advise."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    week_starting = models.DateField()  # a Monday; the week is UTC's
    category = models.CharField(max_length=30, choices=Category.choices, default=Category.INTEGRATION_HEALTH)
    data = models.JSONField()
    recommendation = models.TextField()  # a sentence a line
    created_at = models.DateTimeField()

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "category", "week_starting"], name="insight_once_per_week"
            ),
            models.CheckConstraint(
                name="insight_week_begins_on_a_monday",
                condition=models.Q(week_starting__iso_week_day=1),
            ),
        ]

    def __str__(self) -> str:
        return f"week of {self.week_starting}"

    @property
    def advice(self) -> list[str]:
        """The sentences of the recommendation."""
        return self.recommendation.splitlines()
