"""What happened, counted by minutes, hours and days; and how far the counting has come."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.insights.choices import Counted, Span
from apps.tenants.scoping import TenantManager


class Rollup(models.Model):
    """How often something happened in one stretch of time, and how long it took."""

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    span = models.CharField(max_length=10, choices=Span.choices)
    begin = models.DateTimeField()
    counted = models.CharField(max_length=10, choices=Counted.choices)
    platform = models.CharField(max_length=20)
    kind = models.CharField(max_length=40)
    outcome = models.CharField(max_length=80)
    code = models.CharField(max_length=40)
    count = models.BigIntegerField()
    # How many of them took so long, by the bounds of apps.insights.latency: to merge rows is to add them.
    took = ArrayField(models.BigIntegerField())

    objects = TenantManager()

    class Meta:
        constraints = [
            # In the order in which a tenant's stretch of time is read.
            models.UniqueConstraint(
                fields=["tenant", "span", "counted", "begin", "platform", "kind", "outcome", "code"],
                nulls_distinct=False,
                name="rollup_once_per_stretch_and_names",
            )
        ]
        indexes = [models.Index(fields=["span", "begin"], name="rollup_by_age")]

    def __str__(self) -> str:
        return f"{self.count} {self.kind} {self.outcome} in the {self.span} of {self.begin}"


class OpenCall(models.Model):
    """An attempt that had not ended when the counting passed it; it is counted when it has."""

    id = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        return str(self.id)


class ToldUntil(models.Model):
    """Until when the log has been told of what is counted."""

    span = models.CharField(max_length=10, choices=Span.choices, primary_key=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"each {self.span} until {self.until}"


class Progress(models.Model):
    """How far one source has been counted."""

    source = models.CharField(max_length=10, choices=Counted.choices, primary_key=True)
    after = models.UUIDField()  # the last row that was passed
    after_xid = models.BigIntegerField(default=0)  # of the log, which is read in the order of commits
    # Whoever may bring a row from before the first of these has a smaller number than the second: once no such transaction
    # is open, none can turn up any more.
    seen_at = models.DateTimeField(null=True)  # the database's own time
    seen_xid = models.BigIntegerField(default=0)
    told_at = models.DateTimeField(null=True)  # the product's time at that moment
    complete_until = models.DateTimeField(null=True)  # by the product's time

    def __str__(self) -> str:
        return f"{self.source} until {self.complete_until}"
